/**
 * The decoder (SYSTEMS.md 0.4): the whole target at once for `forward`, one token of each of a few texts
 * with a key-value cache for `step` and the search. Caches are [B, H, length, d_h], the layout of Hugging
 * Face.
 */
import type { DecoderSpec, ModelSpec } from '../../dsl/spec.ts';
import type { Value } from '../ir/build.ts';
import { type Dim, mul as times } from '../ir/dim.ts';
import { attention, mergeHeads, openMask, splitHeads } from '../ops/attention.ts';
import { add } from '../ops/binary.ts';
import { cachedAttention } from '../ops/cached_attention.ts';
import { iota, scalar } from '../ops/constants.ts';
import { reshape, unsqueeze } from '../ops/layout.ts';
import { linear } from '../ops/linear.ts';
import { KINDS, kindNamed } from './kinds/index.ts';
import { embed, embeddingOf, feedForward, norm, project, residual } from './layers.ts';
import type { Lowering } from './lowering.ts';

export interface KeyValue {
  readonly key: Value;
  readonly value: Value;
}

export interface LayerCache {
  /** What the decoder has attended to itself. */
  readonly decoder: KeyValue;
  /** The memory, projected once. */
  readonly encoder: KeyValue;
}

/** How the two attentions of a layer get their keys: the one difference between the ways to run it. */
interface Attentions {
  readonly self: (layer: number, h: Value, name: string) => Value;
  readonly cross: (layer: number, h: Value, name: string) => Value;
}

/** The decoder of a model that has one; entries check before they ask. */
export const decoderOf = (spec: ModelSpec): DecoderSpec => {
  if (!spec.decoder) throw new Error(`${spec.name} has no decoder: its entries should have been refused`);
  return spec.decoder;
};

function runLayers(l: Lowering, x: Value, attentions: Attentions): Value {
  const { b, spec } = l;
  let h = x;
  for (let i = 0; i < decoderOf(spec).layers; i++) {
    const name = `decoder.layers.${i}`;
    h = b.within(`layers.${i}`, () => {
      const seen = residual(l, h, `${name}.self_attn_layer_norm`, (u) =>
        b.within('self_attn', () => attentions.self(i, u, `${name}.self_attn`)),
      );
      const informed = residual(l, seen, `${name}.encoder_attn_layer_norm`, (u) =>
        b.within('encoder_attn', () => attentions.cross(i, u, `${name}.encoder_attn`)),
      );
      return feedForward(l, informed, name);
    });
  }
  const last = spec.norm === 'pre' ? norm(b, h, 'decoder.layer_norm') : h;
  return b.within('output_projection', () => b.add(linear, [last, embeddingOf(l, 'output'), null]));
}

/** Embeds target ids that stand at these places, i64 [n], of which the first of a text is 0. */
function embedTarget(l: Lowering, ids: Value, places: Value): Value {
  const { b, spec } = l;
  const { positions, target } = decoderOf(spec);
  // fairseq counts from 2, after its padding.
  const index = b.add(add, [places, scalar(b, 'i64', 2)]);
  const place = { b, index, width: spec.width, length: target + 1 };
  const vectors = kindNamed(KINDS.positions, positions.kind).lower(place, positions.args);
  return b.within('embed', () => embed(l, 'decoder', ids, vectors));
}

/** Teacher-forced logits [B, t, V] for target ids [B, t]; mask is true at slots that hold something. */
export function decodeAll(l: Lowering, ids: Value, memory: Value, mask: Value | null): Value {
  const { b, spec } = l;
  return b.within('decoder', () => {
    const x = embedTarget(l, ids, b.add(iota, [], { n: ids.type.shape[1]! }));
    const open = mask && openMask(b, mask);
    const through = (name: string, source: Value, projection: string): Value =>
      project(b, source, `${name}.${projection}`, spec.width);
    const attend = (name: string, h: Value, source: Value, keys: Value | null, causal: boolean): Value => {
      const [q, k, v] = [
        through(name, h, 'q_proj'),
        through(name, source, 'k_proj'),
        through(name, source, 'v_proj'),
      ];
      const context = b.add(attention, [q, k, v, keys], { heads: spec.heads, causal });
      return through(name, context, 'out_proj');
    };
    return runLayers(l, x, {
      self: (_, h, name) => attend(name, h, h, null, true),
      cross: (_, h, name) => attend(name, h, memory, open, false),
    });
  });
}

/** Keys and values of the memory for each layer's cross-attention, once per document. */
export function projectMemory(l: Lowering, memory: Value): readonly KeyValue[] {
  const { b, spec } = l;
  return b.within('decoder', () =>
    Array.from({ length: decoderOf(spec).layers }, (_, i) =>
      b.within(`layers.${i}.encoder_attn`, () => {
        const name = `decoder.layers.${i}.encoder_attn`;
        const heads = (projection: string): Value =>
          splitHeads(b, project(b, memory, `${name}.${projection}`, spec.width), spec.heads);
        return { key: heads('k_proj'), value: heads('v_proj') };
      }),
    ),
  );
}

/** Which keys may be seen: null for all of them. */
export interface Sight {
  /** bool [B, W, past·W + W], of what the decoder has read, its new tokens included. */
  readonly own: Value | null;
  /** bool [B, W, slots], each text with a slot to see (`openMask`): made once, not in every step. */
  readonly memory: Value | null;
}

/**
 * One more token for each of W texts of a document, ids [B, W], after `past` others: logits [B·W, V], and
 * the caches that now hold W rows more. Texts of one document are queries of one memory, which is never
 * copied for them; they share one cache too, and `own` says which rows are whose.
 *
 * Rows are [B·W, d] throughout: a linear of two axes is one Gemm and no reshape.
 */
export function decodeOne(
  l: Lowering,
  ids: Value,
  past: Value,
  caches: readonly LayerCache[],
  sight: Sight,
): { readonly logits: Value; readonly caches: readonly LayerCache[] } {
  const { b, spec } = l;
  return b.within('decoder', () => {
    const grown: LayerCache[] = [];
    const [batch, texts] = ids.type.shape as readonly [Dim, Dim];
    const rows = times(batch, texts);
    const through = (h: Value, name: string): Value =>
      b.add(reshape, [project(b, h, name, spec.width)], { shape: [batch, texts, spec.width] });
    const out = (context: Value, name: string): Value =>
      project(b, b.add(reshape, [context], { shape: [rows, spec.width] }), `${name}.out_proj`, spec.width);
    const flat = b.add(reshape, [ids], { shape: [rows] });
    const logits = runLayers(l, embedTarget(l, flat, b.add(unsqueeze, [past], { axis: 0 })), {
      self: (i, h, name) => {
        const { encoder, decoder } = caches[i]!;
        const [q, k, v] = ['q_proj', 'k_proj', 'v_proj'].map((part) => through(h, `${name}.${part}`));
        const ins = [q!, k!, v!, decoder.key, decoder.value, sight.own];
        const [context, key, value] = b.many(cachedAttention, ins, { heads: spec.heads });
        grown.push({ decoder: { key: key!, value: value! }, encoder });
        return out(context!, name);
      },
      cross: (i, h, name) => {
        const { key, value } = caches[i]!.encoder;
        const q = splitHeads(b, through(h, `${name}.q_proj`), spec.heads);
        const context = b.add(attention, [q, key, value, sight.memory], { heads: spec.heads });
        return out(mergeHeads(b, context, spec.width), name);
      },
    });
    return { logits, caches: grown };
  });
}
