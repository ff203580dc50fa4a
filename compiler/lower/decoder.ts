/**
 * The decoder (SYSTEMS.md 0.4): the whole target at once for `forward`, one token with a key-value
 * cache for `step` and `generate`. Caches are [B, H, length, d_h], the layout of Hugging Face.
 */
import type { DecoderSpec, ModelSpec } from '../../dsl/spec.ts';
import type { Value } from '../ir/build.ts';
import type { Dim } from '../ir/dim.ts';
import { KINDS, kindNamed } from '../kinds/index.ts';
import { attention, openMask } from '../ops/attention.ts';
import { add } from '../ops/binary.ts';
import { iota, scalar } from '../ops/constants.ts';
import { reshape, transpose } from '../ops/layout.ts';
import { linear } from '../ops/linear.ts';
import { concat } from '../ops/pieces.ts';
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

/** Embeds target ids whose first has `past` tokens before it. The first token's position is 2. */
function embedTarget(l: Lowering, ids: Value, past: Value | null): Value {
  const { b, spec } = l;
  const { positions, target } = decoderOf(spec);
  const first = past ? b.add(add, [past, scalar(b, 'i64', 2)]) : scalar(b, 'i64', 2);
  const index = b.add(add, [b.add(iota, [], { n: ids.type.shape[1]! }), first]);
  const place = { b, index, width: spec.width, length: target + 1 };
  const vectors = kindNamed(KINDS.positions, positions.kind).lower(place, positions.args);
  return b.within('embed', () => embed(l, 'decoder', ids, vectors));
}

const splitHeads = ({ b, spec }: Lowering, x: Value): Value => {
  const [batch, length] = x.type.shape as readonly [Dim, Dim];
  const shape = [batch, length, spec.heads, spec.width / spec.heads];
  return b.add(transpose, [b.add(reshape, [x], { shape })], { order: [0, 2, 1, 3] });
};

/** Teacher-forced logits [B, t, V] for target ids [B, t]; mask is true at slots that hold something. */
export function decodeAll(l: Lowering, ids: Value, memory: Value, mask: Value | null): Value {
  const { b, spec } = l;
  return b.within('decoder', () => {
    const x = embedTarget(l, ids, null);
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
          splitHeads(l, project(b, memory, `${name}.${projection}`, spec.width));
        return { key: heads('k_proj'), value: heads('v_proj') };
      }),
    ),
  );
}

/**
 * Logits [B, 1, V] for one token [B, 1] after `past` others, and the caches that now hold it. The mask is
 * an open one (`openMask`): made once, not in every step.
 */
export function decodeOne(
  l: Lowering,
  ids: Value,
  past: Value,
  caches: readonly LayerCache[],
  mask: Value | null,
): { readonly logits: Value; readonly caches: readonly LayerCache[] } {
  const { b, spec } = l;
  return b.within('decoder', () => {
    const grown: LayerCache[] = [];
    const batch = ids.type.shape[0]!;
    const size = spec.width / spec.heads;
    /** With a single position, heads split and merge without moving data. */
    const split = (x: Value): Value => b.add(reshape, [x], { shape: [batch, spec.heads, 1, size] });
    const merge = (x: Value): Value => b.add(reshape, [x], { shape: [batch, 1, spec.width] });
    const attend = (name: string, h: Value, { key, value }: KeyValue, keys: Value | null): Value => {
      const q = split(project(b, h, `${name}.q_proj`, spec.width));
      const context = b.add(attention, [q, key, value, keys], { heads: spec.heads });
      return project(b, merge(context), `${name}.out_proj`, spec.width);
    };
    const logits = runLayers(l, embedTarget(l, ids, past), {
      self: (i, h, name) => {
        const next = (projection: string, before: Value): Value => {
          const own = split(project(b, h, `${name}.${projection}`, spec.width));
          return b.add(concat, [before, own], { axis: 2 });
        };
        const { key, value } = caches[i]!.decoder;
        const decoder = { key: next('k_proj', key), value: next('v_proj', value) };
        grown.push({ decoder, encoder: caches[i]!.encoder });
        return attend(name, h, decoder, null);
      },
      cross: (i, h, name) => attend(name, h, caches[i]!.encoder, mask),
    });
    return { logits, caches: grown };
  });
}
