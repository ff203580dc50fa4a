/** What `compile` and `run` share: compiling with the failures sorted, and the options of later versions. */

import { printGraph } from '../compiler/ir/text.ts';
import type { Source } from '../dsl/diagnostics.ts';
import { type Compiled, type CompileOptions, compile } from '../index.ts';
import { switchesOf, wantsDump } from '../passes/index.ts';
import { PassFault, UsageFault } from './faults.ts';
import type { Flags } from './options.ts';
import { type Output, reportsOf } from './output.ts';

/** Refused aloud: an option that is taken and ignored would be a lie. */
export function refuseLater(flags: Flags): void {
  const beam = flags.number('beam') ?? 1;
  if (beam > 1) {
    throw new UsageFault(
      `--beam ${beam}: beam search comes with a later version`,
      'leave it out: the search is greedy',
    );
  }
}

/** A failing pass is a bug of ours (exit 3, with its reproducer); every other mistake is the source's. */
export function compileOrStop(source: Source, options: CompileOptions, output: Output): Compiled {
  const switches = switchesOf(output.io.env);
  const { onPass } = options.watch ?? {};
  const compiled = compile(source, {
    ...options,
    watch: {
      ...options.watch,
      onPass(name, graph, changed) {
        onPass?.(name, graph, changed);
        if (wantsDump(switches, name, changed)) output.dump(`// after ${name}\n${printGraph(graph)}`);
      },
    },
  });
  if (compiled.reproducer !== undefined) {
    throw new PassFault(reportsOf(compiled.diagnostics, source), compiled.reproducer);
  }
  return output.take(compiled, source);
}

/** `weights are random (seed 0): …`: said wherever random weights are used. */
export const aboutRandom = (label: string): string =>
  `weights are random (${label.replace(/^random, /, '')}): the text means nothing until weights are given`;
