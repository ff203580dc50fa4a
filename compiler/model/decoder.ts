/**
 * The decoder. `forward` decodes the whole target at once. `step` and the search decode one token for
 * each text, with a cache of keys and values. Caches are [B, H, length, d_h], the layout of Hugging Face.
 */
import type { DecoderSpec, ModelSpec } from '../../dsl/spec.ts';
import type { Value } from '../ir/build.ts';
import { type Dim, mul as times } from '../ir/dim.ts';
import type { Part } from '../ir/place.ts';
import { openMask } from '../ops/attention.ts';
import { add } from '../ops/binary.ts';
import { iota, scalar } from '../ops/constants.ts';
import { reshape, unsqueeze } from '../ops/layout.ts';
import { KINDS, kindNamed } from './kinds/index.ts';
import type { KeyValue } from './kinds/kind.ts';
import { embed, embeddingOf, feedForward, lastNorm, placeIn, project, residual } from './layers.ts';
import type { Lowering } from './lowering.ts';

export type { KeyValue } from './kinds/kind.ts';

export interface LayerCache {
  /** The keys and values of the tokens decoded so far. */
  readonly decoder: KeyValue;
  /** The keys and values of the memory. */
  readonly encoder: KeyValue;
}

/** The two attentions of a layer. Only they differ between decoding a whole target and decoding one token. */
interface Attentions {
  readonly self: (layer: number, h: Value, name: string) => Value;
  readonly cross: (layer: number, h: Value, name: string) => Value;
}

/** The decoder of a model. For a model without a decoder, `lower` refuses the entries that need one. */
export const decoderOf = (spec: ModelSpec): DecoderSpec => {
  if (!spec.decoder) throw new Error(`${spec.name} has no decoder, so this entry should have been refused`);
  return spec.decoder;
};

function runLayers(l: Lowering, x: Value, attentions: Attentions): Value {
  const { b, spec } = l;
  let h = x;
  for (let i = 0; i < decoderOf(spec).layers; i++) {
    const name = `decoder.layers.${i}`;
    const layer = (): Value => {
      const seen = residual(l, h, `${name}.self_attn_layer_norm`, (u) =>
        b.within('self_attn', () => attentions.self(i, u, `${name}.self_attn`), { part: 'selfAttention' }),
      );
      const informed = residual(l, seen, `${name}.encoder_attn_layer_norm`, (u) =>
        b.within('encoder_attn', () => attentions.cross(i, u, `${name}.encoder_attn`), {
          part: 'crossAttention',
        }),
      );
      return feedForward(l, informed, name);
    };
    h = b.within(`layers.${i}`, layer, { layer: i });
  }
  const last = lastNorm(l, h, 'decoder');
  return b.within('output_projection', () => headOf(l, last), { part: 'head' });
}

/** Applies the head to each row. In the language, every model with a decoder has a head. */
function headOf(l: Lowering, x: Value): Value {
  const { head } = l.spec;
  if (!head) throw new Error(`${l.spec.name} has a decoder, but no head`);
  const place = {
    ...placeIn(l, 'decoder.output_projection'),
    x,
    embedding: () => embeddingOf(l, 'output'),
  };
  return kindNamed(KINDS.head, head.kind).lower(place, head.args);
}

/** The two attentions of a decoder. The language only accepts kinds that have the form that is needed here. */
function attentionsOf(spec: ModelSpec) {
  const { attention, crossAttention } = decoderOf(spec);
  const { causal } = kindNamed(KINDS.decoderAttention, attention.kind);
  const { cross } = kindNamed(KINDS.crossAttention, crossAttention.kind);
  if (!causal || !cross) throw new Error(`${spec.name} has an attention without a form for decoders`);
  return { causal, cross, own: attention.args, memory: crossAttention.args };
}

/** Embeds target ids at these positions, i64 [n], which are counted from 0. */
function embedTarget(l: Lowering, ids: Value, places: Value): Value {
  const { b, spec } = l;
  const { positions, target } = decoderOf(spec);
  // fairseq counts positions from 2, because its padding has the position 1.
  const index = b.add(add, [places, scalar(b, 'i64', 2)]);
  const place = { ...placeIn(l, 'decoder.embed_positions'), index, length: target + 1 };
  const vectors = kindNamed(KINDS.positions, positions.kind).lower(place, positions.args);
  return b.within('embed', () => embed(l, 'decoder', ids, vectors));
}

/**
 * Teacher-forced logits [B, t, V] for target ids [B, t]. `mask`, bool [B, s], is true at slots of the memory that are
 * not padding.
 */
export function decodeAll(l: Lowering, ids: Value, memory: Value, mask: Value | null): Value {
  const { b, spec } = l;
  const logits = (): Value => {
    const x = embedTarget(l, ids, b.add(iota, [], { n: ids.type.shape[1]! }));
    const seen = mask && openMask(b, mask);
    const { causal, cross, ...args } = attentionsOf(spec);
    const through = (name: string, rows: Value, part: Part): Value =>
      project(b, rows, name, spec.width, part);
    /** The place of an attention. `part` is the part of its key and value projections. */
    const placeOf = (h: Value, name: string, part: Part) => ({
      ...placeIn(l, name),
      x: h,
      heads: spec.heads,
      project: (projection: string, rows: Value) =>
        through(`${name}.${projection}`, rows, projection === 'q_proj' ? 'projections' : part),
    });
    const out = (context: Value, name: string): Value => through(`${name}.out_proj`, context, 'projections');
    return runLayers(l, x, {
      self: (_, h, name) => out(causal.all(placeOf(h, name, 'projections'), args.own), name),
      cross: (_, h, name) => {
        const place = { ...placeOf(h, name, 'memoryProjections'), memory, seen };
        return out(cross.all(place, args.memory), name);
      },
    });
  };
  return b.within('decoder', logits, { side: 'decoder' });
}

/** The keys and values that each layer's cross-attention reads, computed once per document. */
export function projectMemory(l: Lowering, memory: Value): readonly KeyValue[] {
  const { b, spec } = l;
  const { cross, memory: args } = attentionsOf(spec);
  const prepared = (layer: number): KeyValue => {
    const name = `decoder.layers.${layer}.encoder_attn`;
    const projected = (projection: string): Value =>
      project(b, memory, `${name}.${projection}`, spec.width, 'memoryProjections');
    return cross.prepare({ ...placeIn(l, name), heads: spec.heads, project: projected }, args);
  };
  const all = (): readonly KeyValue[] =>
    Array.from({ length: decoderOf(spec).layers }, (_, layer) =>
      b.within(`layers.${layer}.encoder_attn`, () => prepared(layer), { layer, part: 'crossAttention' }),
    );
  return b.within('decoder', all, { side: 'decoder' });
}

/** Masks of the keys that each text may attend to; null if all keys are allowed. */
export interface Sight {
  /** bool [B, W, past·W + W]: the decoded tokens that each text sees, including the new ones. */
  readonly own: Value | null;
  /**
   * bool [B, W, slots]: the slots that each text sees, at least one (`openMask`). It is computed once, not in each
   * step.
   */
  readonly memory: Value | null;
}

/**
 * Decodes one more token for each of W texts of a document, ids [B, W], after `past` tokens. Gives logits [B·W, V], and
 * the caches with W more rows. The texts of a document are queries of the same memory, which is never copied for them.
 * They also share one cache, and `sight.own` states which rows belong to which text.
 *
 * Rows are [B·W, d] in all layers, because a linear of a matrix is one Gemm without a reshape.
 */
export function decodeOne(
  l: Lowering,
  ids: Value,
  past: Value,
  caches: readonly LayerCache[],
  sight: Sight,
): { readonly logits: Value; readonly caches: readonly LayerCache[] } {
  const { b, spec } = l;
  const decoded = () => {
    const grown: LayerCache[] = [];
    const [batch, texts] = ids.type.shape as readonly [Dim, Dim];
    const rows = times(batch, texts);
    const { causal, cross, ...args } = attentionsOf(spec);
    const projected = (rows: Value, name: string): Value => project(b, rows, name, spec.width, 'projections');
    const placeOf = (h: Value, name: string) => ({
      ...placeIn(l, name),
      x: h,
      heads: spec.heads,
      project: (projection: string): Value =>
        b.add(reshape, [projected(h, `${name}.${projection}`)], { shape: [batch, texts, spec.width] }),
    });
    const out = (context: Value, name: string): Value =>
      projected(b.add(reshape, [context], { shape: [rows, spec.width] }), `${name}.out_proj`);
    const flat = b.add(reshape, [ids], { shape: [rows] });
    const logits = runLayers(l, embedTarget(l, flat, b.add(unsqueeze, [past], { axis: 0 })), {
      self: (i, h, name) => {
        const { encoder, decoder } = caches[i]!;
        const place = { ...placeOf(h, name), cache: decoder, seen: sight.own };
        const { context, cache } = causal.step(place, args.own);
        grown.push({ decoder: cache, encoder });
        return out(context, name);
      },
      cross: (i, h, name) => {
        const place = { ...placeOf(h, name), cache: caches[i]!.encoder, seen: sight.memory };
        return out(cross.step(place, args.memory), name);
      },
    });
    return { logits, caches: grown };
  };
  return b.within('decoder', decoded, { side: 'decoder' });
}
