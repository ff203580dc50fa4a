/** What the lowering of a model is told, and what all its parts share. */
import type { ModelSpec } from '../../dsl/spec.ts';
import type { Builder, BuilderOptions } from '../ir/build.ts';

/** `paper` reproduces the published code: full length, no masks, kept rows in rank order. */
export type Compat = 'none' | 'paper';

/** Ids that the graph itself must know; they are the tokenizer's. */
export interface SpecialIds {
  /** Stands where a text has ended; its embedding starts at zero. */
  readonly pad: number;
  /** Ends a text, and starts the decoder, as in fairseq. */
  readonly eos: number;
}

/** fairseq's dictionary begins with bos 0, pad 1, eos 2, unk 3. */
export const FAIRSEQ_SPECIAL: SpecialIds = { pad: 1, eos: 2 };

/** How the search for a text goes; part of the graph, unlike the limits that each run is given. */
export interface SearchSettings {
  /** Texts that are kept in view for each document; 1 is the greedy search. */
  readonly beam: number;
  /** How many of a document's texts are given back, best first; at most `beam`. */
  readonly returned: number;
  /** No n words in a row may come twice in a text; 0 lets them. */
  readonly noRepeatNgram: number;
}

export const GREEDY: SearchSettings = { beam: 1, returned: 1, noRepeatNgram: 0 };

export interface LowerSettings extends Partial<SearchSettings> {
  readonly compat?: Compat;
  readonly ids?: SpecialIds;
  /** `inputs`: weights are inputs of the graph, for training. Default: part of the artifact. */
  readonly weights?: BuilderOptions['weights'];
}

export interface Lowering {
  readonly b: Builder;
  readonly spec: ModelSpec;
  readonly compat: Compat;
  readonly ids: SpecialIds;
  readonly search: SearchSettings;
}
