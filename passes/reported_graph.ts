/**
 * The graph that reports count: the model with those passes that change how much is multiplied. The others join,
 * move and choose kernels for what is left, and are not waited for. A test holds that the whole pipeline
 * multiplies as often.
 */
import type { Graph } from '../compiler/ir/graph.ts';
import { require } from '../compiler/ir/op.ts';
import { lower } from '../compiler/lower/index.ts';
import { OPS } from '../compiler/ops/index.ts';
import type { ModelSpec } from '../dsl/spec.ts';
import type { Target } from './pass.ts';
import { poolByScores } from './pool_by_scores.ts';
import { sinkLinearThroughPool } from './sink_linear_through_pool.ts';

/** Teacher-forced: a decoder that reads t words at once multiplies as often as one that writes them one by one. */
export function reportedGraph(spec: ModelSpec, target: Target = 'cpu'): Graph {
  const { value: graph } = lower(spec, { entry: spec.decoder ? 'forward' : 'encode' });
  require(graph !== undefined, () => `${spec.name} cannot be lowered`);
  const ctx = { ops: OPS, target };
  return [sinkLinearThroughPool, poolByScores].reduce((now, pass) => pass.run(now, ctx), graph);
}
