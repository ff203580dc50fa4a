/**
 * Random well-typed graphs for property tests of the printer, the verifier and every pass. A graph is built from a list
 * of small choices, each of which applies a step of the table below to the values made so far. So it is well typed by
 * construction, and shrinks to few steps. Lengths are small, and `batch` and `length` are symbols. Numbers are small
 * enough to be compared in float32.
 */
import fc from 'fast-check';
import { type Builder, createBuilder, type Value } from '../../../compiler/ir/build.ts';
import { add, type Dim, mul as times } from '../../../compiler/ir/dim.ts';
import { type Graph, type } from '../../../compiler/ir/graph.ts';
import type { Op, Tensor } from '../../../compiler/ir/op.ts';
import { plainWeight } from '../../../compiler/ir/weights.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { randomTensor } from '../ops/samples.ts';

export interface RandomCase {
  readonly graph: Graph;
  /** Inputs of the graph. `weightByName` gives its weights. */
  readonly inputs: Readonly<Record<string, Tensor>>;
}

interface Making {
  readonly b: Builder;
  readonly step: number;
  /** The value that choice `i` selects among those that fit. */
  pick(i: number, fits?: (v: Value) => boolean): Value | undefined;
  /** The number below `count` that choice `i` selects. */
  choose(i: number, count: number): number;
}

type Step = (m: Making) => Value | undefined;

const op = (name: string): Op => OPS[name]!;
const isFloat = (v: Value): boolean => v.type.dtype === 'f32';
const ofRank =
  (least: number) =>
  (v: Value): boolean =>
    isFloat(v) && v.type.shape.length >= least;
const lastKnown = (v: Value): boolean => isFloat(v) && typeof v.type.shape.at(-1) === 'number';
const weight = (b: Builder, name: string, ...shape: readonly number[]): Value =>
  b.param(plainWeight(name, shape, { kind: 'xavier_uniform', gain: 1 }));

/** Applies `make` to a value that fits, if there is one. */
const on =
  (fits: (v: Value) => boolean, make: (m: Making, x: Value) => Value): Step =>
  (m) => {
    const x = m.pick(0, fits);
    return x && make(m, x);
  };

const UNARY = ['tanh', 'sigmoid', 'relu', 'neg', 'gelu', 'erf', 'barrier'];
const BINARY = ['add', 'sub', 'mul', 'maximum', 'minimum'];
/** Numbers that include -0 and an infinity, which text and hash-consing must distinguish from 0 and from each other. */
const NUMBERS = [0, -0, 0.5, 1 / 3, -2.5, 1e-30, Infinity, -Infinity];

const STEPS: Readonly<Record<string, Step>> = {
  unary: on(isFloat, (m, x) => m.b.add(op(UNARY[m.choose(1, UNARY.length)]!), [x])),
  binary: on(isFloat, (m, x) => {
    const y = m.pick(2, (v) => isFloat(v) && JSON.stringify(v.type) === JSON.stringify(x.type)) ?? x;
    return m.b.add(op(BINARY[m.choose(1, BINARY.length)]!), [x, y]);
  }),
  bounded: on(isFloat, (m, x) => {
    const data = [NUMBERS[m.choose(1, NUMBERS.length)]!];
    const bound = m.b.add(op('constant'), [], { value: { dtype: 'f32', shape: [], data } });
    return m.b.add(op('tanh'), [m.b.add(op(m.choose(2, 2) ? 'minimum' : 'maximum'), [x, bound])]);
  }),
  where: on(isFloat, (m, x) => {
    const other = m.b.add(op('neg'), [x]);
    return m.b.add(op('where'), [m.b.add(op('less'), [x, other]), x, other]);
  }),
  squares: on(ofRank(2), (m, x) => {
    const rank = x.type.shape.length;
    const order = [...Array(rank - 2).keys(), rank - 1, rank - 2];
    const product = m.b.add(op('matmul'), [x, m.b.add(op('transpose'), [x], { order })]);
    return m.b.add(op('softmax'), [product]);
  }),
  linear: on(
    (v) => lastKnown(v) && v.type.shape.length >= 2,
    (m, x) => {
      const [width, out] = [x.type.shape.at(-1) as number, 2 + m.choose(1, 3)];
      const bias = m.choose(2, 2) ? weight(m.b, `b${out}`, out) : null;
      return m.b.add(op('linear'), [x, weight(m.b, `w${out}x${width}`, out, width), bias]);
    },
  ),
  norm: on(lastKnown, (m, x) => {
    const width = x.type.shape.at(-1) as number;
    return m.b.add(op('layer_norm'), [x, weight(m.b, `g${width}`, width), weight(m.b, `b${width}`, width)]);
  }),
  softmax: on(ofRank(1), (m, x) => m.b.add(op('softmax'), [x], { axis: m.choose(1, x.type.shape.length) })),
  flatten: on(ofRank(2), (m, x) => {
    const [first, second, ...rest] = x.type.shape as readonly [Dim, Dim, ...Dim[]];
    return m.b.add(op('reshape'), [x], { shape: [times(first, second), ...rest] });
  }),
  lift: on(ofRank(0), (m, x) =>
    x.type.shape.length > 3
      ? x
      : m.b.add(op('unsqueeze'), [x], { axis: m.choose(1, x.type.shape.length + 1) }),
  ),
  twice: on(ofRank(1), (m, x) => m.b.add(op('concat'), [x, x], { axis: m.choose(1, x.type.shape.length) })),
  head: on(lastKnown, (m, x) => {
    const axis = x.type.shape.length - 1;
    return m.b.add(op('slice'), [x], { axis, start: 0, end: Math.ceil((x.type.shape[axis] as number) / 2) });
  }),
  framed: on(lastKnown, (m, x) => {
    const [axis, [before, after]] = [x.type.shape.length - 1, [m.choose(1, 2), m.choose(2, 2)]];
    const wide = m.b.add(op('pad'), [x], { axis, before, after, value: NUMBERS[m.choose(3, 5)]! });
    // The slice has the length of x again.
    return m.b.add(op('slice'), [wide], { axis, start: after, end: add(x.type.shape[axis]!, after) });
  }),
  placed: on(
    (v) => ofRank(2)(v) && v.type.shape.every((d) => typeof d !== 'number' || d > 0),
    (m, x) => {
      // This scatters the rows of an item in reverse order among more rows.
      const [batch, n] = x.type.shape as readonly [Dim, Dim];
      const count = m.b.add(op('dim_value'), [], { of: n });
      const back = m.b.add(op('sub'), [count, m.b.add(op('iota'), [], { n })]);
      const index = m.b.add(op('expand'), [m.b.add(op('unsqueeze'), [back], { axis: 0 })], {
        shape: [batch, n],
      });
      return m.b.add(op('scatter_rows'), [x, index], { n: add(n, 1 + m.choose(1, 2)) });
    },
  ),
  mean: on(ofRank(1), (m, x) => m.b.add(op('reduce_mean'), [x], { axis: m.choose(1, x.type.shape.length) })),
  loop: on(isFloat, (m, x) => {
    // If a loop has no iterations, ONNX Runtime gives its scan the length 0 on every axis of unknown length.
    const most = m.choose(1, 3) || m.choose(3, 2);
    const count = m.b.add(op('constant'), [], { value: { dtype: 'i64', shape: [], data: [most] } });
    const { state, scans } = m.b.loop(op('loop'), {
      count,
      state: [{ init: x }, { init: m.b.add(op('neg'), [x]) }],
      iterations: `rounds${m.step}`,
      // The second carried value only feeds itself, so it is dead unless it is collected.
      body: (_, [y, dead]) => {
        const next = m.b.add(op('tanh'), [m.b.add(op('add'), [y!, x])]);
        return { state: [next, m.b.add(op('neg'), [dead!])], scans: [m.choose(2, 2) ? next : dead!] };
      },
    });
    return m.choose(3, 2) ? scans[0]! : state[0]!;
  }),
};

const NAMES = Object.keys(STEPS);
const MAX_RANK = 5;

function decode(steps: readonly (readonly number[])[], outputs: number): Graph {
  const b = createBuilder('random');
  const pool: Value[] = [
    b.input('x', type('f32', 'batch', 'length', 4)),
    b.input('y', type('f32', 'length', 4)),
    b.input('unread', type('i64', 'batch')),
  ];
  steps.forEach(([kind, ...choices], step) => {
    const choose = (i: number, count: number): number => choices[i % choices.length]! % count;
    const pick: Making['pick'] = (i, fits = () => true) => {
      const fitting = pool.filter(fits);
      return fitting[choose(i, Math.max(1, fitting.length))];
    };
    const name = NAMES[kind! % NAMES.length]!;
    const span = { start: 10 * step, end: 10 * step + name.length };
    const made = b.within(`steps.${step}`, () => STEPS[name]!({ b, step, pick, choose }), { span });
    if (made && made.type.shape.length <= MAX_RANK) pool.push(made);
  });
  pool.slice(-outputs).forEach((value, i) => {
    b.output(`out${i}`, value);
  });
  return b.done();
}

/** Graphs of at most `most` steps, with inputs to run them on. */
export const randomCase = (most = 10): fc.Arbitrary<RandomCase> =>
  fc
    .record({
      steps: fc.array(fc.array(fc.nat(999), { minLength: 5, maxLength: 5 }), { maxLength: most }),
      outputs: fc.integer({ min: 1, max: 3 }),
      batch: fc.integer({ min: 1, max: 3 }),
      length: fc.integer({ min: 1, max: 4 }),
      seed: fc.nat(99_999),
    })
    .map(({ steps, outputs, batch, length, seed }) => ({
      graph: decode(steps, outputs),
      inputs: {
        x: randomTensor(type('f32', batch, length, 4), seed),
        y: randomTensor(type('f32', length, 4), seed + 1),
        unread: randomTensor(type('i64', batch), seed + 2),
      },
    }));
