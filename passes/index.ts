/** Every pass by name, and the pipelines as plain arrays. A new pass needs a file and a line here. */
import { chooseKernels } from './choose_kernels.ts';
import { expandBodies } from './expand_bodies.ts';
import { flattenRows } from './flatten_rows.ts';
import { foldConstants } from './fold_constants.ts';
import { foldScale } from './fold_scale.ts';
import { fuseLinears } from './fuse_linears.ts';
import { fuseResidualNorm } from './fuse_residual_norm.ts';
import { halveFloats } from './halve_floats.ts';
import { hoistInvariants } from './hoist_invariants.ts';
import type { Pass, Precision } from './pass.ts';
import { poolByScores } from './pool_by_scores.ts';
import { quantizeLinears } from './quantize_linears.ts';
import { sinkLinearThroughPool } from './sink_linear_through_pool.ts';

/** Passes that change what is computed, and in which ops. */
const REWRITE: readonly Pass[] = [
  foldConstants,
  sinkLinearThroughPool,
  poolByScores,
  foldScale,
  fuseLinears,
  flattenRows,
  fuseResidualNorm,
];

/**
 * Passes that choose where and how ops run. The passes for a precision come before them, because they change the ops.
 */
const PLACE: readonly Pass[] = [expandBodies, hoistInvariants, chooseKernels];

/** The pipelines of `compile`. With `none` no pass runs, so every op is emitted as its definition. */
export const PIPELINES: Readonly<Record<'none' | 'default' | 'halved' | 'quantized', readonly Pass[]>> = {
  none: [],
  default: [...REWRITE, ...PLACE],
  halved: [...REWRITE, halveFloats, ...PLACE],
  quantized: [...REWRITE, quantizeLinears, ...PLACE],
};

export const PIPELINE_OF: Readonly<Record<Precision, keyof typeof PIPELINES>> = {
  fp32: 'default',
  fp16: 'halved',
  int8: 'quantized',
  int4: 'quantized',
};

export const PASSES: Readonly<Record<string, Pass>> = Object.fromEntries(
  Object.values(PIPELINES)
    .flat()
    .map((pass) => [pass.name, pass]),
);

export type { Pass, PassContext, Precision, Target } from './pass.ts';
export { PRECISIONS, TARGETS } from './pass.ts';
export { formsIn } from './quantize_linears.ts';
export { type ReplayContext, replay } from './replay.ts';
export { type Passed, type PassesOutcome, type PassStats, type RunOptions, runPasses } from './run.ts';
export { type Switches, switchesOf, wantsDump } from './switches.ts';
