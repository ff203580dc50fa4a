/** Every pass with the settings in which it has something to do, for the tests over all passes. */
import { foldScaleBy } from '../../passes/fold_scale.ts';
import { fuseLinearsBy } from '../../passes/fuse_linears.ts';
import { PASSES, PIPELINE_OF, PIPELINES, type Precision, TARGETS, type Target } from '../../passes/index.ts';
import { HALF_TARGETS, type Pass } from '../../passes/pass.ts';

export interface Setting {
  readonly name: string;
  readonly pass: Pass;
  readonly precision: Precision;
  readonly targets: readonly Target[];
}

const any = Infinity;
/** Fuses linears for any number of rows, so that it also fires where no target would fuse them. */
const EAGER_LINEARS = {
  ...fuseLinearsBy({ cpu: any, cuda: any, webgpu: any, portable: any }),
  name: 'fuse_linears (eager)',
};
/** Folds scales on every target, and not only where attention runs as its body. */
const EAGER_SCALE = {
  ...foldScaleBy(() => true),
  name: 'fold_scale (eager)',
};

/** The passes that exist only for some precisions. All other passes run in float32. */
const PRECISIONS_OF: Readonly<Record<string, readonly Precision[]>> = {
  halve_floats: ['fp16'],
  quantize_linears: ['int8', 'int4'],
};

/** The targets on which a precision may be requested. */
export const targetsOf = (precision: Precision): readonly Target[] =>
  precision === 'fp16' ? HALF_TARGETS : TARGETS;

export const EACH: readonly Setting[] = [...Object.values(PASSES), EAGER_LINEARS, EAGER_SCALE].flatMap(
  (pass) =>
    (PRECISIONS_OF[pass.name] ?? ['fp32']).map((precision) => ({
      name: precision === 'fp32' ? pass.name : `${pass.name} (${precision})`,
      pass,
      precision,
      targets: targetsOf(precision),
    })),
);

export const pipelineOf = (precision: Precision): readonly Pass[] => PIPELINES[PIPELINE_OF[precision]];
