/** What bench/peers/model.py must know of a model, and which models it can express. */
import type { ModelSpec } from '../../dsl/spec.ts';

/** The fields have Python's names. */
export interface PeerConfig {
  readonly vocabulary: number;
  readonly width: number;
  readonly heads: number;
  readonly ffn: number;
  /** The most tokens of a document, and the most slots of its memory. */
  readonly length: number;
  readonly memory: number;
  /** The base of SoftTopK. */
  readonly base: number;
  readonly layers: readonly { readonly block: number; readonly keep: number | null }[];
  readonly decoder_layers: number;
}

/** The configuration of a model. Throws an Error that names what model.py cannot express. */
export function configOf(spec: ModelSpec): PeerConfig {
  const { encoder, decoder, ffn, norm } = spec;
  const pools = encoder.layers.flatMap(({ pool }) => (pool ? [pool] : []));
  const base = pools[0]?.args.base ?? 20;
  const wanted: readonly (readonly [what: string, holds: boolean])[] = [
    ['norms after each sum', norm.place === 'post' && norm.kind === 'layer'],
    ['a dense feed-forward network with relu', ffn.kind === 'dense' && ffn.activation.kind === 'relu'],
    ['sinusoidal positions in the encoder', encoder.positions.kind === 'sinusoidal'],
    ['attention in blocks', encoder.layers.every(({ attention }) => attention.kind === 'block')],
    [
      'poolings `soft_topk` with one base, by position, of the best and the worst, by a linear scorer',
      pools.every(
        ({ kind, args, scorer }) =>
          kind === 'soft_topk' &&
          args.base === base &&
          args.order === 'position' &&
          args.pair === 'best_worst' &&
          scorer.kind === 'linear',
      ),
    ],
    ['a decoder without positions', decoder?.positions.kind === 'none'],
    ['shared embeddings', spec.shareEmbeddings],
  ];
  const missing = wanted.filter(([, holds]) => !holds).map(([what]) => what);
  if (missing.length > 0)
    throw new Error(`bench/peers/model.py expresses only models with ${missing.join(', and ')}`);
  return {
    vocabulary: spec.vocabulary,
    width: spec.width,
    heads: spec.heads,
    ffn: ffn.width,
    length: encoder.length,
    memory: encoder.memory,
    base: Number(base),
    layers: encoder.layers.map(({ attention, pool, emits }) => ({
      block: Number(Object.values(attention.args)[0]),
      keep: pool ? emits : null,
    })),
    decoder_layers: decoder!.layers,
  };
}
