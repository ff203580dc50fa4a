/**
 * The encoder: embedding, layers, and poolings between them. It gives the memory of a document and, for every memory
 * slot, the tokens from which it is computed (its origin). Masks and origins have a row for each position, [B, n]; the
 * rows of layers may be packed, [T, m, d] (`packing.ts`).
 */
import type { EncoderLayerSpec } from '../../dsl/spec.ts';
import type { Builder, Value } from '../ir/build.ts';
import { type Dim, max, sub, mul as times } from '../ir/dim.ts';
import { leastCommonMultiple } from '../ir/integers.ts';
import { add, equal, minimum, mul } from '../ops/binary.ts';
import { cast } from '../ops/cast.ts';
import { dimAsValue, iota, scalar } from '../ops/constants.ts';
import { gatherElements, gatherRows } from '../ops/gather.ts';
import { expand, reshape, unsqueeze } from '../ops/layout.ts';
import { pad } from '../ops/pieces.ts';
import { cumsum, topK } from '../ops/reduce.ts';
import { not } from '../ops/unary.ts';
import { where } from '../ops/where.ts';
import { requireEmitted, requireRuns, requireSchedule } from './kind_laws.ts';
import { KINDS, kindNamed } from './kinds/index.ts';
import type { AttentionPlace, Pooled, PoolPlace } from './kinds/kind.ts';
import { embed, feedForward, lastNorm, placeIn, project, residual } from './layers.ts';
import { layersToPooling, paddedLength, runOf } from './lengths.ts';
import type { Lowering } from './lowering.ts';
import { type Packing, pack, packingOf, unpack } from './packing.ts';

/** The symbol for the number of tokens after padding. */
const TOKENS = 'tokens';

interface Document {
  /** i64 [B, n]: the tokens; `pad` at padding. */
  readonly ids: Value;
  /** bool [B, n]: true at tokens. */
  readonly real: Value;
  /** The mask of attention and pooling: `real`, or null with `compat: 'paper'`, where nothing is masked. */
  readonly seen: Value | null;
  /** i64 [B, n]: 1 at padding, 2, 3, … at tokens. */
  readonly positions: Value;
  /** i64 [B, n]: the position of each token in the input. */
  readonly index: Value;
}

/** Rows with their origins and their mask. `seen` is null where nothing is masked. */
export interface Encoded extends Pooled {
  readonly seen: Value | null;
}

/** The masks and origins of rows. */
type Origins = Omit<Encoded, 'x'>;

/**
 * The packing of the rows of the layers from `first` up to the next pooling; null if rows of one of these layers attend
 * beyond runs. The number of rows is a multiple of the length of each run, or less than the longest run (`lengths.ts`).
 */
function packingFor({ b, spec }: Lowering, first: number, seen: Value | null): Packing | null {
  const runs = layersToPooling(spec, first).map(runOf);
  if (!seen || runs.length === 0 || !runs.every((run) => run !== null)) return null;
  return b.within('pack', () => packingOf(b, seen, leastCommonMultiple(runs), `blocks${first}`));
}

/**
 * Reads a document and moves its padding to the end. Blocks then start at the first token, so padding on the left
 * (fairseq's default for sources) gives the same memory. With `compat: 'paper'` the order stays, as in the published
 * code.
 */
function readDocument(
  { b, spec, compat, ids: { pad: padId } }: Lowering,
  rawIds: Value,
  attentionMask: Value,
): Document {
  const [batch, length] = rawIds.type.shape as readonly [Dim, Dim];
  const padded = paddedLength(spec, compat);
  const after = sub(padded, length);
  const as = typeof padded === 'number' ? '' : TOKENS;
  const given = b.add(cast, [attentionMask], { to: 'bool' });
  const known = b.add(where, [given, rawIds, scalar(b, 'i64', padId)]);
  const ids = b.add(pad, [known], { axis: 1, after, value: padId, as });
  const n = ids.type.shape[1]!;
  const last = dimAsValue(b, sub(max('length', 1), 1));
  const counts = (kept: Value): Value => {
    const ones = b.add(cast, [kept], { to: 'i64' });
    const position = b.add(mul, [b.add(cumsum, [ones], { axis: 1 }), ones]);
    return b.add(add, [position, scalar(b, 'i64', 1)]);
  };
  if (compat === 'paper') {
    const real = b.add(not, [b.add(equal, [ids, scalar(b, 'i64', padId)])]);
    const index = b.add(expand, [b.add(minimum, [b.add(iota, [], { n }), last])], { shape: [batch, n] });
    return { ids, real, seen: null, positions: counts(real), index };
  }
  const flags = b.add(cast, [b.add(pad, [given], { axis: 1, after, as })], { to: 'i64' });
  const [sorted, order] = b.many(topK, [flags], { k: n }) as readonly [Value, Value];
  const real = b.add(cast, [sorted], { to: 'bool' });
  return {
    ids: b.add(gatherElements, [ids, order], { axis: 1 }),
    real,
    seen: real,
    positions: counts(real),
    index: b.add(minimum, [order, last]),
  };
}

/**
 * Applies one layer to rows [B, n, d] or to packed rows. `seen` masks the rows that are padding. `received` computes
 * the attention that each row received; it is null if the kind of the attention cannot compute it.
 */
function encoderLayer(
  l: Lowering,
  layer: EncoderLayerSpec,
  number: number,
  x: Value,
  seen: Value | null,
): { readonly x: Value; readonly received: (() => Value) | null } {
  const { b, spec } = l;
  const name = `encoder.layers.${number}`;
  const { kind, args } = layer.attention;
  const attention = kindNamed(KINDS.attention, kind);
  requireRuns(layer);
  let received: (() => Value) | null = null;
  const attend = (h: Value): Value => {
    const through = (projection: string, rows: Value, out = spec.width): Value =>
      project(b, rows, `${name}.self_attn.${projection}`, out, 'projections');
    const place: AttentionPlace = {
      ...placeIn(l, `${name}.self_attn`),
      x: h,
      n: h.type.shape[1]!,
      mask: seen,
      heads: spec.heads,
      project: (projection, out) => through(projection, h, out),
    };
    const { received: receivedOf } = attention;
    received = receivedOf && (() => receivedOf(place, args));
    return through('out_proj', attention.lower(place, args));
  };
  const attended = residual(l, x, `${name}.self_attn_layer_norm`, (h) =>
    b.within('self_attn', () => attend(h), { part: 'attention' }),
  );
  return { x: feedForward(l, attended, name), received };
}

/** Computes the origins of pooled rows in tokens, from the origins of the rows before the pooling. */
function composeOrigins(b: Builder, before: Origins, after: Pooled): { index: Value; weight: Value } {
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
  l: Lowering,
  layer: EncoderLayerSpec,
  number: number,
  { x, received }: ReturnType<typeof encoderLayer>,
  packing: Packing | null,
  before: Origins,
): Encoded {
  const { b, compat } = l;
  const { kind: name, args, scorer } = layer.pool!;
  const rank = kindNamed(KINDS.scorer, scorer.kind);
  const kind = kindNamed(KINDS.pool, name);
  const n = before.mask.type.shape[1]!;
  const score = (): Value => {
    const place = placeIn(l, `encoder.pooler.scorer.${number}`);
    const scores = rank.lower({ ...place, x, layer: number, received }, scorer.args);
    return packing ? unpack(b, packing, scores) : scores;
  };
  const place: PoolPlace = {
    ...placeIn(l, `encoder.pooler.${number}`),
    layer: number,
    n,
    rows: () => (packing ? unpack(b, packing, x) : x),
    packed: { x, at: packing?.at ?? null },
    mask: before.seen,
    k: layer.emits,
    paper: compat === 'paper',
    score: () => b.within('scorer', score, { part: 'score' }),
  };
  const pooled = kind.lower(place, args);
  requireEmitted(name, kind.emitted(n, layer.emits, args), pooled);
  requireSchedule(layer);
  return { ...pooled, ...composeOrigins(b, before, pooled), seen: before.seen && pooled.mask };
}

/** Memory [B, s, d], its mask bool [B, s], and its origins as index and weight [B, s, r]. */
export function encode(l: Lowering, rawIds: Value, attentionMask: Value): Encoded {
  const { b, spec } = l;
  return b.within(
    'encoder',
    () => {
      const document = b.within('input', () => readDocument(l, rawIds, attentionMask));
      const { ids, real, seen, positions } = document;
      let packing = packingFor(l, 0, seen);
      const packed = (v: Value): Value => (packing ? b.within('pack', () => pack(b, packing!, v)) : v);
      const { kind, args } = spec.encoder.positions;
      const index = packed(positions);
      const place = { ...placeIn(l, 'encoder.embed_positions'), index, length: spec.encoder.length };
      const vectors = b.within('positions', () => kindNamed(KINDS.positions, kind).lower(place, args));
      const words = packed(ids);
      let x = b.within('embed', () => embed(l, 'encoder', words, vectors));
      let visible = seen && packed(seen);
      const column = (v: Value): Value => b.add(unsqueeze, [v], { axis: -1 });
      let state: Origins = {
        seen,
        mask: seen ?? b.add(expand, [scalar(b, 'bool', 1)], { shape: real.type.shape }),
        index: column(document.index),
        weight: column(b.add(cast, [real], { to: 'f32' })),
      };
      spec.encoder.layers.forEach((layer, i) => {
        b.within(
          `layers.${i}`,
          () => {
            const given = encoderLayer(l, layer, i, x, visible);
            x = given.x;
            if (!layer.pool) return;
            const pooled = b.within('pool', () => pool(l, layer, i, given, packing, state), { part: 'pool' });
            packing = packingFor(l, i + 1, pooled.seen);
            [x, visible, state] = [packed(pooled.x), pooled.seen && packed(pooled.seen), pooled];
          },
          { layer: i, span: layer.span },
        );
      });
      const last = lastNorm(l, x, 'encoder');
      return { ...state, x: packing ? unpack(b, packing, last) : last };
    },
    { side: 'encoder', span: spec.span },
  );
}
