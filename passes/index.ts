/** Every pass by name, and the pipelines as plain arrays. A new pass is one file and a line here. */
import { chooseKernels } from './choose_kernels.ts';
import { flattenRows } from './flatten_rows.ts';
import { foldConstants } from './fold_constants.ts';
import { fuseLinears } from './fuse_linears.ts';
import { fuseResidualNorm } from './fuse_residual_norm.ts';
import { hoistInvariants } from './hoist_invariants.ts';
import type { Pass } from './pass.ts';
import { poolByScores } from './pool_by_scores.ts';
import { sinkLinearThroughPool } from './sink_linear_through_pool.ts';

const LIST: readonly Pass[] = [
  foldConstants,
  hoistInvariants,
  sinkLinearThroughPool,
  poolByScores,
  fuseLinears,
  flattenRows,
  fuseResidualNorm,
  chooseKernels,
];

export const PASSES: Readonly<Record<string, Pass>> = Object.fromEntries(
  LIST.map((pass) => [pass.name, pass]),
);

/** What `compile` runs. `none` emits the graph as lowered, every op by its definition. */
export const PIPELINES: Readonly<Record<'none' | 'default', readonly Pass[]>> = { none: [], default: LIST };

export type { Pass, PassContext, Target } from './pass.ts';
export { TARGETS } from './pass.ts';
export { type ReplayContext, replay } from './replay.ts';
export { type Passed, type PassesOutcome, type PassStats, type RunOptions, runPasses } from './run.ts';
export { type Switches, switchesOf, wantsDump } from './switches.ts';
