/**
 * Random graphs contain little that a pass could improve. This adds such things to a graph: constants to fold, ops
 * that change nothing, and parts of layers (`grains.ts`). The result is another graph, which is still well typed.
 */
import type { Dim } from '../../compiler/ir/dim.ts';
import { mul } from '../../compiler/ir/dim.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { type Rule, rewrite } from '../../passes/rewrite.ts';
import { random } from '../compiler/ops/samples.ts';
import { type Grain, LAYERS, type Salting } from './grains.ts';

const turned = (rank: number): readonly number[] => [...Array(rank).keys()].reverse();

/** Ops that change nothing, or whose result is a constant. */
const IDLE: readonly Grain[] = [
  ({ apply, number }, v) => apply('mul', [v, apply('exp', [apply('neg', [number(0)])])]),
  ({ apply, number }, v) => apply('add', [apply('mul', [number(2), number(0.25)]), v]),
  ({ apply, number }, v) => apply('sub', [v, apply('mul', [number(0), number(3)])]),
  ({ apply, number }, v) => apply('where', [apply('less', [number(1), number(2)]), v, apply('neg', [v])]),
  ({ apply }, v) => apply('cast', [v], { to: 'f32' }),
  ({ apply }, v) => {
    const flat = apply('reshape', [v], { shape: [mul(...v.type.shape)] });
    return apply('reshape', [flat], { shape: v.type.shape });
  },
  ({ apply }, v) => {
    const order = turned(v.type.shape.length);
    return apply('transpose', [apply('transpose', [v], { order })], { order });
  },
  ({ apply }, v) => {
    if (v.type.shape.length === 0) return v;
    const whole = apply('slice', [v], { axis: 0, start: 0, end: v.type.shape[0] as Dim });
    return apply('concat', [apply('pad', [whole], { axis: 0, after: 0 })], { axis: 0 });
  },
];

const GRAINS = [...IDLE, ...LAYERS];

/** The graph with up to `most` added grains, whose places and kinds the seed determines. */
export function salted(graph: Graph, seed: number, most = 8): Graph {
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
        choose: (count) => Math.floor(next() * count),
      };
      return [GRAINS[salting.choose(GRAINS.length)]!(salting, value!)];
    },
  };
  return rewrite(graph, [salt], { ops: OPS, target: 'cpu' });
}
