/** What an op does where a model computes in float16 (the pass `halve_floats`). Every op's record says it. */

/** The op stays float32, for the reason that a sentence gives. */
export interface StaysFloat32 {
  readonly keeps: string;
}

/**
 * - `all`: the op computes in float16, whatever it is given; its float inputs are cast.
 * - `rows`: so do its first input and its first output; all its other floats stay float32.
 * - `follows`: the op moves or combines values, and computes in float16 where any of its inputs is float16.
 */
export type Float16 = 'all' | 'rows' | 'follows' | StaysFloat32;

/** Reasons that several ops share. */
export const SCORES: StaysFloat32 = {
  keeps: 'scores decide which rows are kept, by 20^v: the smallest error is another row',
};
export const PROBABILITIES: StaysFloat32 = { keeps: 'sums of log-probabilities decide which text is best' };
export const SUMS: StaysFloat32 = { keeps: 'sums of many numbers lose the small ones' };
export const STEEP: StaysFloat32 = { keeps: 'it leaves the range of float16, or its precision, soon' };
export const NO_FLOATS: StaysFloat32 = { keeps: 'it computes no floats, or none of a model in float16' };
