/** Every pass by name, and the pipelines as plain arrays. A new pass is one file and a line here. */
import { chooseKernels } from './choose_kernels.ts';
import { flattenRows } from './flatten_rows.ts';
import { foldConstants } from './fold_constants.ts';
import { foldScale } from './fold_scale.ts';
import { fuseLinears } from './fuse_linears.ts';
import { fuseResidualNorm } from './fuse_residual_norm.ts';
import { hoistInvariants } from './hoist_invariants.ts';
import type { Pass } from './pass.ts';
import { poolByScores } from './pool_by_scores.ts';
import { quantizeLinears } from './quantize_linears.ts';
import { sinkLinearThroughPool } from './sink_linear_through_pool.ts';

const LIST: readonly Pass[] = [
  foldConstants,
  hoistInvariants,
  sinkLinearThroughPool,
  poolByScores,
  foldScale,
  fuseLinears,
  flattenRows,
  fuseResidualNorm,
  chooseKernels,
];

/** Linears as they will run are quantised, so after those that join them; their kernels are chosen after. */
const QUANTIZED: readonly Pass[] = [
  ...LIST.filter((pass) => pass !== chooseKernels),
  quantizeLinears,
  chooseKernels,
];

export const PASSES: Readonly<Record<string, Pass>> = Object.fromEntries(
  QUANTIZED.map((pass) => [pass.name, pass]),
);

/** What `compile` runs. `none` emits the graph as lowered, every op by its definition. */
export const PIPELINES: Readonly<Record<'none' | 'default' | 'quantized', readonly Pass[]>> = {
  none: [],
  default: LIST,
  quantized: QUANTIZED,
};

export type { Pass, PassContext, Precision, Target } from './pass.ts';
export { PRECISIONS, TARGETS } from './pass.ts';
export { formsIn } from './quantize_linears.ts';
export { type ReplayContext, replay } from './replay.ts';
export { type Passed, type PassesOutcome, type PassStats, type RunOptions, runPasses } from './run.ts';
export { type Switches, switchesOf, wantsDump } from './switches.ts';
