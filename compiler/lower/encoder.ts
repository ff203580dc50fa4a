/**
 * Document → memory: embedding, layers with their attention kinds, poolings between them, and for
 * every memory slot the tokens that it is made of.
 */
import type { EncoderLayerSpec, ModelSpec } from '../../dsl/spec.ts';
import type { Builder, Value } from '../ir/build.ts';
import { type Dim, max, min, roundUp, sub, mul as times } from '../ir/dim.ts';
import { KINDS, kindNamed } from '../kinds/index.ts';
import type { Pooled } from '../kinds/kind.ts';
import { add, equal, minimum, mul } from '../ops/binary.ts';
import { cast } from '../ops/cast.ts';
import { dimAsValue, iota, scalar } from '../ops/constants.ts';
import { gatherRows } from '../ops/gather.ts';
import { expand, reshape, unsqueeze } from '../ops/layout.ts';
import { pad } from '../ops/pieces.ts';
import { cumsum } from '../ops/reduce.ts';
import { not } from '../ops/unary.ts';
import { where } from '../ops/where.ts';
import { embed, feedForward, IDS, norm, project, residual } from './layers.ts';

/** `paper` reproduces the published code: full length, no masks, kept rows in rank order. */
export type Compat = 'none' | 'paper';

/** The token axis after padding to whole blocks. */
const TOKENS = 'tokens';

interface Document {
  /** i64 [B, n], `pad` at masked positions. */
  readonly ids: Value;
  /** bool [B, n]: true at real tokens; null in `paper`, where padding takes part. */
  readonly mask: Value | null;
  /** i64 [B, n]: 1 at padding, 2, 3, … at tokens. */
  readonly positions: Value;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/**
 * The padded length. Cost follows the document: whole blocks, and no padding at all below one block.
 * At least one position, so that no length is ever divided by zero.
 */
function paddedLength(spec: ModelSpec, compat: Compat): Dim {
  if (compat === 'paper') return spec.encoder.length;
  const units = spec.encoder.layers.map(({ attention }) => {
    const kind = kindNamed(KINDS.attention, attention.kind);
    return kind.unit?.(attention.args) ?? 1;
  });
  const length = max('length', 1);
  const blocks = units.filter((u) => u > 1);
  if (blocks.length === 0) return length;
  const whole = blocks.reduce((a, b) => (a * b) / gcd(a, b));
  const smallest = Math.min(...blocks);
  return smallest === whole ? roundUp(length, min(length, whole)) : roundUp(length, whole);
}

function readDocument(
  b: Builder,
  spec: ModelSpec,
  rawIds: Value,
  attentionMask: Value,
  compat: Compat,
): Document {
  const [batch, length] = rawIds.type.shape as readonly [Dim, Dim];
  const padded = paddedLength(spec, compat);
  const after = sub(padded, length);
  const as = typeof padded === 'number' ? '' : TOKENS;
  const real = b.add(cast, [attentionMask], { to: 'bool' });
  const known = b.add(where, [real, rawIds, scalar(b, 'i64', IDS.pad)]);
  const ids = b.add(pad, [known], { axis: 1, after, value: IDS.pad, as });
  const n = ids.type.shape[1]!;
  const counts = (kept: Value): Value => {
    const ones = b.add(cast, [kept], { to: 'i64' });
    const position = b.add(mul, [b.add(cumsum, [ones], { axis: 1 }), ones]);
    return b.add(add, [position, scalar(b, 'i64', 1)]);
  };
  if (compat === 'paper') {
    const words = b.add(not, [b.add(equal, [ids, scalar(b, 'i64', IDS.pad)])]);
    return { ids, mask: null, positions: counts(words) };
  }
  const mask = b.add(reshape, [b.add(pad, [real], { axis: 1, after, as })], { shape: [batch, n] });
  return { ids, mask, positions: counts(mask) };
}

function encoderLayer(
  b: Builder,
  spec: ModelSpec,
  layer: EncoderLayerSpec,
  name: string,
  x: Value,
  mask: Value | null,
) {
  const attended = residual(b, spec, x, `${name}.self_attn_layer_norm`, (h) =>
    b.within('self_attn', () => {
      const kind = kindNamed(KINDS.attention, layer.attention.kind);
      const own = (projection: string): Value => project(b, h, `${name}.self_attn.${projection}`, spec.width);
      const place = { b, x: h, mask, width: spec.width, heads: spec.heads, project: own };
      const context = kind.lower(place, layer.attention.args);
      return project(b, context, `${name}.self_attn.out_proj`, spec.width);
    }),
  );
  return feedForward(b, spec, attended, name);
}

/** Slots of slots: what the inner groups are made of, in tokens. */
function composeOrigins(b: Builder, before: Pooled, after: Pooled): { index: Value; weight: Value } {
  const [batch, slots, group] = after.index.type.shape as readonly [Dim, Dim, Dim];
  const inner = before.index.type.shape[2]!;
  const flat = b.add(reshape, [after.index], { shape: [batch, times(slots, group)] });
  const shape = [batch, slots, times(group, inner)];
  const index = b.add(reshape, [b.add(gatherRows, [before.index, flat])], { shape });
  const parts = b.add(reshape, [b.add(gatherRows, [before.weight, flat])], {
    shape: [batch, slots, group, inner],
  });
  const weighted = b.add(mul, [parts, b.add(unsqueeze, [after.weight], { axis: -1 })]);
  return { index, weight: b.add(reshape, [weighted], { shape }) };
}

function pool(
  b: Builder,
  layer: EncoderLayerSpec,
  number: number,
  width: number,
  state: Pooled,
  compat: Compat,
): Pooled {
  const spec = layer.pool!;
  const kind = kindNamed(KINDS.pool, spec.kind);
  const scorer = kindNamed(KINDS.scorer, spec.scorer.kind);
  const args = compat === 'paper' && 'order' in spec.args ? { ...spec.args, order: 'score' } : spec.args;
  const pooled = kind.lower(
    {
      b,
      x: state.x,
      mask: compat === 'paper' ? null : state.mask,
      k: layer.emits,
      score: () =>
        b.within('scorer', () => scorer.lower({ b, x: state.x, width, layer: number }, spec.scorer.args)),
    },
    args,
  );
  return { ...pooled, ...composeOrigins(b, state, pooled) };
}

/** memory [B, s, d], its mask bool [B, s], and its origins as index and weight [B, s, r]. */
export function encode(
  b: Builder,
  spec: ModelSpec,
  rawIds: Value,
  attentionMask: Value,
  compat: Compat,
): Pooled {
  return b.within(
    'encoder',
    () => {
      const { ids, mask, positions } = b.within('input', () =>
        readDocument(b, spec, rawIds, attentionMask, compat),
      );
      const [batch, n] = ids.type.shape as readonly [Dim, Dim];
      const { kind, args } = spec.encoder.positions;
      const place = { b, index: positions, width: spec.width, length: spec.encoder.length };
      const vectors = b.within('positions', () => kindNamed(KINDS.positions, kind).lower(place, args));
      const x = b.within('embed', () => embed(b, spec, 'encoder', ids, vectors));
      const real = mask ?? b.add(expand, [scalar(b, 'bool', 1)], { shape: [batch, n] });
      const last = dimAsValue(b, sub(max('length', 1), 1));
      const own = b.within('origins', () => b.add(minimum, [b.add(iota, [], { n }), last]));
      const column = (v: Value): Value => b.add(unsqueeze, [v], { axis: -1 });
      let state: Pooled = {
        x,
        mask: real,
        index: column(b.add(expand, [own], { shape: [batch, n] })),
        weight: column(b.add(cast, [real], { to: 'f32' })),
      };
      spec.encoder.layers.forEach((layer, i) => {
        const name = `encoder.layers.${i}`;
        b.within(
          `layers.${i}`,
          () => {
            const seen = compat === 'paper' ? null : state.mask;
            state = { ...state, x: encoderLayer(b, spec, layer, name, state.x, seen) };
            if (layer.pool) state = b.within('pool', () => pool(b, layer, i, spec.width, state, compat));
          },
          layer.span,
        );
      });
      return spec.norm === 'pre' ? { ...state, x: norm(b, state.x, 'encoder.layer_norm') } : state;
    },
    spec.span,
  );
}
