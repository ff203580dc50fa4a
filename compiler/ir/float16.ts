/** How an op behaves in a model that computes in float16 (the pass `halve_floats`). Every op's record states it. */

/** The op stays in float32; `keeps` is the reason. */
export interface StaysFloat32 {
  readonly keeps: string;
}

/**
 * - `all`: the op computes in float16. Its float inputs are cast to float16.
 * - `rows`: the op's first input and its first output are float16. All its other floats stay float32.
 * - `follows`: the op moves or combines values. It computes in float16 where any of its inputs is float16.
 */
export type Float16 = 'all' | 'rows' | 'follows' | StaysFloat32;

/** The reasons that several ops share. */
export const SCORES: StaysFloat32 = {
  keeps: 'scores decide which rows are kept, by 20^v, so even a tiny error can select another row',
};
export const PROBABILITIES: StaysFloat32 = { keeps: 'sums of log-probabilities decide which text is best' };
export const SUMS: StaysFloat32 = { keeps: 'sums of many numbers lose the small numbers' };
export const STEEP: StaysFloat32 = {
  keeps: 'it leaves the range or the precision of float16 even for moderate inputs',
};
export const NO_FLOATS: StaysFloat32 = { keeps: 'it computes no floats that could be float16' };
