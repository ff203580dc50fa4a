/**
 * Random graphs hold little that a pass could improve. This strews such things over one: constants to
 * fold, ops that change nothing, linears of the same x. The result is another graph, still well typed.
 */
import type { Value } from '../../compiler/ir/build.ts';
import type { Dim } from '../../compiler/ir/dim.ts';
import { mul } from '../../compiler/ir/dim.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { type Match, type Rule, rewrite } from '../../passes/rewrite.ts';
import { random } from '../compiler/samples.ts';

interface Salting {
  readonly m: Match;
  readonly apply: (name: string, ins: readonly Value[], attrs?: Parameters<Match['b']['add']>[2]) => Value;
  readonly number: (x: number) => Value;
  readonly fresh: () => string;
}

type Grain = (s: Salting, v: Value) => Value;

const turned = (rank: number): readonly number[] => [...Array(rank).keys()].reverse();

const linear = ({ m, apply, fresh }: Salting, v: Value, width: number, out: number, bias: boolean): Value => {
  const init = { kind: 'uniform', bound: 1 } as const;
  const name = fresh();
  const weight = m.b.param({ name: `${name}.weight`, shape: [out, width], init });
  if (!bias) return apply('linear', [v, weight]);
  return apply('linear', [v, weight, m.b.param({ name: `${name}.bias`, shape: [out], init })]);
};

/** Several linears of one x, with and without bias, of different widths; the sum has the type of v. */
const linears: Grain = (s, v) => {
  const width = v.type.shape.at(-1);
  if (typeof width !== 'number' || v.type.shape.length < 2) return v;
  const [a, b, c] = [true, false, true].map((bias) => linear(s, v, width, width, bias)) as [
    Value,
    Value,
    Value,
  ];
  const narrow = s.apply('reduce_mean', [linear(s, v, width, 3, true)], { axis: -1 });
  const sum = s.apply('add', [s.apply('add', [a, b]), s.apply('add', [c, narrow])]);
  return s.apply('tanh', [sum]);
};

/** A residual sum of v with a linear, scored by one more linear and pooled to one row. */
const pooled: Grain = (s, v) => {
  const { apply } = s;
  const [width, length] = [v.type.shape.at(-1), v.type.shape.at(-2)];
  if (typeof width !== 'number' || length === undefined) return v;
  const rows = apply('reshape', [v], { shape: [1, mul(...v.type.shape.slice(0, -1)), width] });
  const h = apply('tanh', [linear(s, rows, width, 3, true)]);
  const y = apply('add', [apply('tanh', [rows]), linear(s, h, 3, width, true)]);
  const score = apply('sigmoid', [apply('squeeze', [linear(s, y, width, 1, true)], { axis: -1 })]);
  const name = s.fresh().length % 2 ? 'soft_topk' : 'hard_topk';
  const [kept] = s.m.b.many(s.m.op(name), [y, score, null], { k: 1 });
  return apply('add', [v, apply('reshape', [kept!], { shape: [width] })]);
};

const GRAINS: readonly Grain[] = [
  ({ apply, number }, v) => apply('mul', [v, apply('exp', [apply('neg', [number(0)])])]),
  ({ apply, number }, v) => apply('add', [apply('mul', [number(2), number(0.25)]), v]),
  ({ apply, number }, v) => apply('sub', [v, apply('mul', [number(0), number(3)])]),
  ({ apply, number }, v) => apply('where', [apply('less', [number(1), number(2)]), v, apply('neg', [v])]),
  ({ apply }, v) => {
    const flat = apply('reshape', [v], { shape: [mul(...v.type.shape)] });
    return apply('reshape', [flat], { shape: v.type.shape });
  },
  ({ apply }, v) => {
    const order = turned(v.type.shape.length);
    return apply('transpose', [apply('transpose', [v], { order })], { order });
  },
  ({ apply }, v) => {
    if (v.type.shape.length === 0) return apply('cast', [v], { to: 'f32' });
    const whole = apply('slice', [v], { axis: 0, start: 0, end: v.type.shape[0] as Dim });
    return apply('concat', [apply('pad', [whole], { axis: 0, after: 0 })], { axis: 0 });
  },
  linears,
  pooled,
];

/** The graph with up to `most` grains of salt, at places and of kinds that the seed chooses. */
export function salted(graph: Graph, seed: number, most = 6): Graph {
  const next = random(seed);
  let left = most;
  const salt: Rule = {
    name: 'salt',
    apply: (m) => {
      const { b, node } = m;
      const [out] = node.outs;
      const floats = node.outs.length === 1 && m.type(out!).dtype === 'f32';
      if (!floats || node.region || node.op === 'constant' || left <= 0 || next() < 0.5)
        return m.miss('not here');
      left--;
      const ins = node.ins.map((id) => (id === null ? null : m.value(id)));
      const [value] = b.node(m.op(node.op), ins, node.attrs, [m.type(out!)]);
      const salting: Salting = {
        m,
        apply: (name, of, attrs) => b.add(m.op(name), of, attrs),
        number: (x) => b.add(m.op('constant'), [], { value: { dtype: 'f32', shape: [], data: [x] } }),
        fresh: () => `salt${left}.${Math.floor(next() * 1e6)}`,
      };
      return [GRAINS[Math.floor(next() * GRAINS.length)]!(salting, value!)];
    },
  };
  return rewrite(graph, [salt], { ops: OPS, target: 'cpu' });
}
