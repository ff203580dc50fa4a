/** What `compile` and `run` share: compiling with the failures sorted, and the search that was asked for. */

import { printGraph } from '../compiler/ir/text.ts';
import type { Source } from '../dsl/diagnostics.ts';
import { type Compiled, type CompileOptions, compile, type SearchSettings } from '../index.ts';
import { switchesOf, wantsDump } from '../passes/index.ts';
import { PassFault, UsageFault } from './faults.ts';
import type { Flags } from './options.ts';
import { type Output, reportsOf } from './output.ts';

/** The search that was asked for, as far as it was. */
export function searchIn(flags: Flags): Partial<SearchSettings> {
  const beam = flags.number('beam');
  const returned = flags.number('best');
  const noRepeatNgram = flags.number('noRepeatNgram');
  if (returned !== undefined && returned > (beam ?? 1))
    throw new UsageFault(
      `--best ${returned} is more than --beam ${beam ?? 1}`,
      `a search finds at most as many texts as it has beams: --beam ${returned}`,
    );
  return {
    ...(beam !== undefined && { beam }),
    ...(returned !== undefined && { returned }),
    ...(noRepeatNgram !== undefined && { noRepeatNgram }),
  };
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
