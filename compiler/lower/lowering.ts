/** What the lowering of a model is told, and what all its parts share. */
import type { ModelSpec } from '../../dsl/spec.ts';
import type { Builder } from '../ir/build.ts';

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

export interface LowerSettings {
  readonly compat?: Compat;
  readonly ids?: SpecialIds;
}

export interface Lowering {
  readonly b: Builder;
  readonly spec: ModelSpec;
  readonly compat: Compat;
  readonly ids: SpecialIds;
}
