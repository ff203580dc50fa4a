/**
 * Which part of a model a product belongs to, by where in the model it stands: the columns of the report. The
 * first row that fits counts; every product fits one (a test holds that).
 */
import type { NodeWork } from './fold.ts';

export const ENCODER_PARTS = ['attention', 'projections', 'ffn', 'score', 'pool'] as const;
export const DECODER_PARTS = [
  ...['selfAttention', 'crossAttention', 'projections', 'memoryProjections', 'ffn', 'head'],
] as const;

export type EncoderPart = (typeof ENCODER_PARTS)[number];
export type DecoderPart =
  | 'selfAttention'
  | 'crossAttention'
  | 'projections'
  | 'memoryProjections'
  | 'ffn'
  | 'head';

export type Place =
  | { readonly side: 'encoder'; readonly layer: number; readonly part: EncoderPart }
  | { readonly side: 'decoder'; readonly layer: number | null; readonly part: DecoderPart };

/** What attention does besides its projections belongs to attention: compressions, hashes, scores. */
const ENCODER: readonly (readonly [RegExp, EncoderPart])[] = [
  [/^self_attn\.(q|k|v|out)_proj\b/, 'projections'],
  [/^self_attn\b/, 'attention'],
  [/^pool\.scorer\b/, 'score'],
  [/^pool\b/, 'pool'],
  [/^fc[12]\b/, 'ffn'],
];

const DECODER: readonly (readonly [RegExp, DecoderPart])[] = [
  [/^encoder_attn\.(k|v)_proj\b/, 'memoryProjections'],
  [/^(self|encoder)_attn\.\w+_proj\b/, 'projections'],
  [/^self_attn\b/, 'selfAttention'],
  [/^encoder_attn\b/, 'crossAttention'],
  [/^fc[12]\b/, 'ffn'],
];

const first = <P>(table: readonly (readonly [RegExp, P])[], scope: string): P | undefined =>
  table.find(([pattern]) => pattern.test(scope))?.[1];

export type Side = 'encoder' | 'decoder';

/** What is neither's, how many tokens there are, is asked for by the encoder. */
export const sideOf = ({ scope }: Pick<NodeWork['node'], 'scope'>): Side =>
  /^decoder\b/.test(scope) ? 'decoder' : 'encoder';

/** Which layer of its side a node is of, from 0; null for what stands before, behind or between them. */
export function layerOf({ scope }: Pick<NodeWork['node'], 'scope'>): number | null {
  const [, number] = /^(?:encoder|decoder)\.layers\.(\d+)\b/.exec(scope) ?? [];
  return number === undefined ? null : Number(number);
}

/** Lists by side and layer, in order. */
export function byLayer<T>(
  all: readonly T[],
  nodeOf: (one: T) => NodeWork['node'],
): readonly { readonly side: Side; readonly layer: number | null; readonly all: readonly T[] }[] {
  const found = new Map<string, { side: Side; layer: number | null; all: T[] }>();
  for (const one of all) {
    const [side, layer] = [sideOf(nodeOf(one)), layerOf(nodeOf(one))];
    const group = found.get(`${side}.${layer}`) ?? { side, layer, all: [] };
    found.set(`${side}.${layer}`, group);
    group.all.push(one);
  }
  return [...found.values()];
}

/** Undefined for what belongs to no part: embeddings, norms, masks; there are no matrix products among them. */
export function placeOf({ node: { scope } }: Pick<NodeWork, 'node'>): Place | undefined {
  if (/^decoder\.output_projection\b/.test(scope)) return { side: 'decoder', layer: null, part: 'head' };
  const [, side, number, rest = ''] = /^(encoder|decoder)\.layers\.(\d+)(?:\.(.*))?$/.exec(scope) ?? [];
  const layer = Number(number);
  if (side === 'encoder') {
    const part = first(ENCODER, rest);
    return part && { side, layer, part };
  }
  if (side !== 'decoder') return undefined;
  const part = first(DECODER, rest);
  return part && { side, layer, part };
}
