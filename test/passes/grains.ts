/**
 * Small parts of a Transformer, for `salt.ts`. Each is a pattern that some pass looks for, and turns a value into
 * another of the same type. Each has its own weights, like a layer.
 */
import type { Value } from '../../compiler/ir/build.ts';
import { type Dim, mul } from '../../compiler/ir/dim.ts';
import { plainWeight } from '../../compiler/ir/weights.ts';
import type { Match } from '../../passes/rewrite.ts';

export interface Salting {
  readonly m: Match;
  readonly apply: (name: string, ins: readonly (Value | null)[], attrs?: Attrs) => Value;
  readonly number: (x: number) => Value;
  readonly fresh: () => string;
  /** A random number from 0 to `count - 1`. */
  readonly choose: (count: number) => number;
}

type Attrs = Parameters<Match['b']['add']>[2];

export type Grain = (s: Salting, v: Value) => Value;

const INIT = { kind: 'uniform', bound: 1 } as const;

function linear({ m, apply, fresh }: Salting, x: Value, out: number, bias = true): Value {
  const [name, width] = [fresh(), x.type.shape.at(-1) as number];
  const weight = m.b.param(plainWeight(`${name}.weight`, [out, width], INIT));
  if (!bias) return apply('linear', [x, weight]);
  return apply('linear', [x, weight, m.b.param(plainWeight(`${name}.bias`, [out], INIT))]);
}

function norm({ m, apply, fresh }: Salting, x: Value): Value {
  const [name, shape] = [fresh(), [x.type.shape.at(-1) as number]];
  const gain = m.b.param(plainWeight(`${name}.gain`, shape, INIT));
  return apply('layer_norm', [x, gain, m.b.param(plainWeight(`${name}.bias`, shape, INIT))]);
}

const tanh = ({ apply }: Salting, x: Value): Value => apply('tanh', [x]);
const plus = ({ apply }: Salting, x: Value, y: Value): Value => apply('add', [x, y]);
const shaped = ({ apply }: Salting, x: Value, shape: readonly Dim[]): Value =>
  apply('reshape', [x], { shape });

/** The largest width of rows. Wide values, which repeated concatenation makes, would take the interpreter too long. */
const WIDEST = 16;

/** A grain that works on rows [R, d] of numbers between −1 and 1. Values without a small width stay as they are. */
const onRows =
  (grain: (s: Salting, rows: Value, width: number, count: Dim) => Value): Grain =>
  (s, v) => {
    const width = v.type.shape.at(-1);
    if (typeof width !== 'number' || width > WIDEST) return v;
    const count = mul(...v.type.shape.slice(0, -1));
    const rows = tanh(s, shaped(s, v, [count, width]));
    return shaped(s, tanh(s, grain(s, rows, width, count)), v.type.shape);
  };

/** Several linears of one x, with and without bias, of different widths. */
const linears = onRows((s, rows, width, count) => {
  const x = shaped(s, rows, s.choose(2) ? [count, 1, width] : [1, count, width]);
  const [a, b, c] = [true, false, true].map((bias) => linear(s, x, width, bias)) as [Value, Value, Value];
  const narrow = s.apply('reduce_mean', [linear(s, x, 3)], { axis: -1 });
  return plus(s, plus(s, a, b), plus(s, c, narrow));
});

/** Linear, activation, linear, and a residual sum with its norm. As in a pre-norm layer, the sum may be read again. */
const feedForward = onRows((s, rows, width, count) => {
  const x = s.choose(2) ? rows : shaped(s, rows, s.choose(2) ? [1, count, width] : [count, 1, width]);
  const inner = s.apply(s.choose(2) ? 'relu' : 'gelu', [linear(s, x, 3)]);
  const sum = plus(s, x, linear(s, inner, width));
  const normed = norm(s, sum);
  return s.choose(2) ? normed : plus(s, sum, linear(s, normed, width));
});

/** A residual sum with its norm, as the ops with which a pass replaces them. */
const fusedNorms = onRows((s, rows, width) => {
  const [gain, bias] = ['gain', 'bias'].map((part) =>
    s.m.b.param(plainWeight(`${s.fresh()}.${part}`, [width], INIT)),
  );
  const [normed, sum] = s.m.b.many(s.m.op('residual_norm'), [rows, linear(s, rows, width), gain!, bias!]);
  return s.apply('norm_of_sum', [normed!, sum!, gain!, bias!]);
});

/** A residual sum of the rows and a linear. Another linear scores the sum, which is pooled to one or two rows. */
const pooled = onRows((s, rows, width, count) => {
  const x = shaped(s, rows, [1, count, width]);
  const y = plus(s, x, linear(s, tanh(s, linear(s, x, 3)), width, s.choose(4) > 0));
  const score = s.apply('sigmoid', [s.apply('squeeze', [linear(s, y, 1)], { axis: -1 })]);
  const k = 1 + s.choose(2);
  const [kept] = s.m.b.many(s.m.op(s.choose(3) ? 'soft_topk' : 'hard_topk'), [y, score, null], { k });
  return plus(s, rows, shaped(s, s.apply('reduce_sum', [kept!], { axis: 1 }), [width]));
});

/** Q, K and V of one linear, cut and split into heads. */
const cut = onRows((s, rows, _, count) => {
  const all = linear(s, rows, 12);
  const [q, k, v] = [0, 4, 8].map((start) =>
    shaped(s, s.apply('slice', [all], { axis: 1, start, end: start + 4 }), [count, 2, 2]),
  ) as [Value, Value, Value];
  const sum = plus(s, plus(s, q, k), s.apply('mul', [k, v]));
  const one = s.apply('reduce_mean', [s.apply('reduce_mean', [sum], { axis: 2 })], { axis: 1 });
  return plus(s, rows, shaped(s, one, [count, 1]));
});

const headsOf = (width: number): number => (width % 2 === 0 ? 2 : 1);

/** Turns each row into four positions, [R, 4, d]. */
const positions = (s: Salting, rows: Value): Value =>
  s.apply(
    'concat',
    [
      rows,
      s.apply('neg', [rows]),
      linear(s, rows, rows.type.shape[1] as number),
      s.apply('relu', [rows]),
    ].map((x) => s.apply('unsqueeze', [x], { axis: 1 })),
    { axis: 1 },
  );

/** Splits [R, 4, d] into heads, [R, H, 4, d_h]. */
const split = (s: Salting, x: Value, heads: number): Value => {
  const [count, length, width] = x.type.shape as readonly [Dim, number, number];
  const parts = shaped(s, x, [count, length, heads, width / heads]);
  return s.apply('transpose', [parts], { order: [0, 2, 1, 3] });
};

/** Each kind of attention over q, k and v [R, 4, d], with the options that passes distinguish. */
const ATTENTIONS: readonly ((s: Salting, qkv: readonly Value[], heads: number) => Value)[] = [
  (s, qkv, heads) => s.apply('attention', qkv, { heads, causal: s.choose(2) === 1 }),
  (s, qkv, heads) => {
    // No mean equals this number, because rounding must not decide which keys are seen.
    const less = s.apply('less', [s.apply('reduce_mean', [qkv[1]!], { axis: -1 }), s.number(0.1234567)]);
    const seen = s.choose(2) ? s.apply('squeeze', [less], { axis: -1 }) : null;
    return s.apply('block_attention', [...qkv, seen], { heads, block: 2 });
  },
  (s, qkv, heads) => {
    const [q, k, v] = qkv as readonly [Value, Value, Value];
    const past = [s.apply('neg', [k]), v].map((x) => split(s, x, heads));
    const [y, key, value] = s.m.b.many(s.m.op('cached_attention'), [q, k, v, ...past], { heads });
    const shares = [key!, value!].map((x) => s.apply('reduce_mean', [x], { axis: 2 }));
    const [count, , width] = q.type.shape as readonly [Dim, number, number];
    return plus(s, y!, shaped(s, plus(s, shares[0]!, shares[1]!), [count, 1, width]));
  },
];

/** Attention over linears, as in a layer. */
const attended = onRows((s, rows, width) => {
  const x = positions(s, rows);
  const qkv = [0, 1, 2].map(() => linear(s, x, width));
  return s.apply('reduce_mean', [ATTENTIONS[s.choose(3)]!(s, qkv, headsOf(width))], { axis: 1 });
});

/** A loop whose attention reads keys and values from outside, some of which it computes anew in every iteration. */
const searched = onRows((s, rows, width, count) => {
  const memory = shaped(s, rows, [1, count, width]);
  const [k, v] = [linear(s, memory, width), linear(s, memory, width)];
  const { state } = s.m.b.loop(s.m.op('loop'), {
    count: s.apply('constant', [], { value: { dtype: 'i64', shape: [], data: [1 + s.choose(2)] } }),
    state: [{ init: s.apply('neg', [memory]) }],
    body: (_, [y]) => {
      const keys = s.apply('relu', [linear(s, k, width)]);
      const attrs = { heads: headsOf(width) };
      const context = s.apply('attention', [linear(s, y!, width), s.choose(2) ? keys : k, v], attrs);
      return { state: [plus(s, plus(s, y!, context), s.apply('mul', [keys, s.number(0.5)]))] };
    },
  });
  return state[0]!;
});

/** The feed-forward part is listed twice, because norms occur in two places and in two forms. */
export const LAYERS: readonly Grain[] = [
  linears,
  feedForward,
  feedForward,
  fusedNorms,
  pooled,
  cut,
  attended,
  searched,
];
