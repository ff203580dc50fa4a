/**
 * A model of the same structure that the interpreter runs in milliseconds: every length in the same proportion,
 * so that documents have as many blocks and poolings as many rounds as before; every head, of two numbers; the
 * feed-forward in the same proportion to the width; all layers, kinds, norms and shared matrices as they are.
 * Passes read structure and not size, which `examples.test.ts` holds: the same rules fire equally often. A model
 * that is small already stays as it is.
 */
import type { EncoderLayerSpec, KindSpec, ModelSpec } from '../../dsl/spec.ts';

/** Tokens of the longest document. */
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
    ...{ consumes: length(one.consumes), emits: length(one.emits), attention: attention(one.attention) },
  });
  const { encoder, decoder, ffn, heads } = spec;
  const width = HEAD * heads;
  return {
    ...spec,
    ...{ width, vocabulary: VOCABULARY, ffn: { ...ffn, width: (ffn.width * width) / spec.width } },
    encoder: {
      ...encoder,
      ...{ length: LONGEST, memory: length(encoder.memory), layers: encoder.layers.map(layer) },
    },
    ...(decoder && { decoder: { ...decoder, target: length(decoder.target) } }),
  };
}
