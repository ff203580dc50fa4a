/**
 * Shrinks a model to one of the same structure, which the interpreter runs in milliseconds. All lengths shrink in
 * proportion, so that documents have as many blocks, and poolings as many rounds, as before. Each head has a width of
 * two, and the feed-forward keeps its ratio to the width. Layers, kinds, norms and shared matrices stay as they are.
 * Passes look at structure and not at size: `examples.test.ts` checks that the same rules fire equally often. A model
 * that is small already stays unchanged.
 */
import type { EncoderLayerSpec, KindSpec, ModelSpec } from '../../dsl/spec.ts';

/** The number of tokens of the longest document. */
export const LONGEST = 64;
const HEAD = 2;
const VOCABULARY = 16;

export function shrunk(spec: ModelSpec): ModelSpec {
  if (spec.encoder.length <= LONGEST) return spec;
  const length = (full: number): number => {
    const small = (full * LONGEST) / spec.encoder.length;
    if (!Number.isInteger(small)) throw new Error(`${spec.name}: ${full} is in no proportion to its length`);
    return small;
  };
  const attention = (kind: KindSpec): KindSpec =>
    typeof kind.args.size === 'number'
      ? { ...kind, args: { ...kind.args, size: length(kind.args.size) } }
      : kind;
  const layer = (one: EncoderLayerSpec): EncoderLayerSpec => ({
    ...one,
    consumes: length(one.consumes),
    emits: length(one.emits),
    attention: attention(one.attention),
  });
  const { encoder, decoder, ffn, heads } = spec;
  const width = HEAD * heads;
  return {
    ...spec,
    width,
    vocabulary: VOCABULARY,
    ffn: { ...ffn, width: (ffn.width * width) / spec.width },
    encoder: {
      ...encoder,
      length: LONGEST,
      memory: length(encoder.memory),
      layers: encoder.layers.map(layer),
    },
    ...(decoder && { decoder: { ...decoder, target: length(decoder.target) } }),
  };
}
