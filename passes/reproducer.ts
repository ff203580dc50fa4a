/**
 * The reproducer of a failed compilation, as one text for a bug report: the graph that the failing pass
 * received, and the names of this pass and of the passes after it.
 *
 *     // benben replay: D321 the pass 'fuse_linears' broke 1 rule(s) of the IR
 *     // passes: fuse_linears, choose_kernels
 *     // target: cpu
 *     // precision: int8
 *     graph encode(…) { … }
 */
import type { Graph } from '../compiler/ir/graph.ts';
import { printGraph } from '../compiler/ir/text.ts';
import type { Diagnostic } from '../dsl/diagnostics.ts';
import type { Pass, PassContext } from './pass.ts';

export function writeReproducer(
  graph: Graph,
  passes: readonly Pass[],
  { target, precision = 'fp32', opset }: Pick<PassContext, 'target' | 'precision' | 'opset'>,
  why: Diagnostic,
): string {
  const reason = `${why.code} ${why.message}`.replace(/\s+/g, ' ').slice(0, 300);
  const names = passes.map((pass) => pass.name).join(', ');
  const head = [`// benben replay: ${reason}`, `// passes: ${names}`, `// target: ${target}`];
  if (precision !== 'fp32') head.push(`// precision: ${precision}`);
  if (opset !== undefined) head.push(`// opset: ${opset}`);
  return `${head.map((line) => line.trimEnd()).join('\n')}\n${printGraph(graph)}`;
}
