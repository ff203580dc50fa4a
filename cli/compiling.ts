/** Compiles for `compile` and `run`, and throws the right fault if the compilation fails. */

import { printGraph } from '../compiler/ir/text.ts';
import { defaultEntryOf, type Entry } from '../compiler/model/index.ts';
import type { Source } from '../dsl/diagnostics.ts';
import { switchesOf, wantsDump } from '../passes/index.ts';
import { type Compiled, type CompileOptions, compile, parse } from '../pipeline/compile.ts';
import { PassFault } from './faults.ts';
import { type Output, reportsOf } from './output.ts';

/**
 * Compiles or throws. If a pass fails, that is a bug of Benben (exit 3, with a reproducer); other mistakes are in the
 * source.
 */
export function compileOrStop(source: Source, options: CompileOptions, output: Output): Compiled {
  const switches = switchesOf(output.io.env);
  const { onPass } = options.watch ?? {};
  const compiled = compile(source, {
    ...options,
    watch: {
      verify: switches.verify,
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

/**
 * The model and entry that `compile` chooses when no entry is requested. Undefined when the source has mistakes,
 * which `compile` reports.
 */
export function defaultEntry(source: Source, name?: string): { model: string; entry: Entry } | undefined {
  const models = parse(source).value?.models ?? [];
  const spec = name === undefined ? models[0] : models.find((model) => model.name === name);
  return spec && { model: spec.name, entry: defaultEntryOf(spec) };
}
