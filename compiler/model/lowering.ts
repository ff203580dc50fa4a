/** The settings of the lowering of a model, and the values that its parts share. */
import type { ModelSpec } from '../../dsl/spec.ts';
import type { Builder, BuilderOptions } from '../ir/build.ts';

/**
 * `paper` reproduces the published code: documents have the full length, nothing is masked, and kept rows are in rank
 * order.
 */
export type Compat = 'none' | 'paper';

/** The ids of the tokenizer's tokens that the graph uses. */
export interface SpecialIds {
  /** The token after the end of a text. Its embedding is initialised with zero. */
  readonly pad: number;
  /** The token that ends a text, and that the decoder starts with, as in fairseq. */
  readonly eos: number;
}

/** fairseq's dictionary begins with bos 0, pad 1, eos 2, unk 3. */
export const FAIRSEQ_SPECIAL: SpecialIds = { pad: 1, eos: 2 };

/** The settings of the search that are part of the graph. Limits on lengths are inputs of each run instead. */
export interface SearchSettings {
  /** The number of beams of each document. 1 is the greedy search. */
  readonly beam: number;
  /** How many of a document's texts are returned, best first. It is at most `beam`. */
  readonly returned: number;
  /** No n-gram of this size may occur twice in a text. 0 allows all repetitions. */
  readonly noRepeatNgram: number;
}

export const GREEDY: SearchSettings = { beam: 1, returned: 1, noRepeatNgram: 0 };

export interface LowerSettings extends Partial<SearchSettings> {
  readonly compat?: Compat;
  readonly ids?: SpecialIds;
  /** With `inputs`, the weights are inputs of the graph, for training. By default they are part of the artifact. */
  readonly weights?: BuilderOptions['weights'];
}

export interface Lowering {
  readonly b: Builder;
  readonly spec: ModelSpec;
  readonly compat: Compat;
  readonly ids: SpecialIds;
  readonly search: SearchSettings;
}
