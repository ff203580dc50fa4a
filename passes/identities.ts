/**
 * A table of the cases in which an op changes nothing. Each row returns the input that is equal to the result, or
 * the reason why there is no such input. All rows are exact, except that the sign of a zero is ignored (−0 + 0
 * counts as −0, as in ONNX Runtime). Multiplication by 0 is not in the table: a constant 0 would lose NaN and infinity.
 */
import { dimEquals } from '../compiler/ir/dim.ts';
import { sameShape, sameType, type ValueId } from '../compiler/ir/graph.ts';
import { axisOf, dim, ints } from '../compiler/ops/shapes.ts';
import type { Match, Rule } from './rewrite.ts';

interface Identity extends Pick<Rule, 'name' | 'roots' | 'rootsWith'> {
  /** The input that is equal to the result, or the reason why there is no such input. */
  readonly same: (match: Match) => ValueId | string;
}

const first = ({ ins }: Match): ValueId => ins[0]!;

/** Whether all elements of a constant are `x`; false for an empty one. */
const allAre = (match: Match, id: ValueId | null | undefined, x: number): boolean => {
  const data = match.literal(id)?.data ?? [];
  return data.length > 0 && data.every((v) => v === x);
};

const DROPS: readonly Identity[] = [
  {
    name: 'drop_neutral_operand',
    // The driver tries both operand orders of a commutative op.
    rootsWith: ({ neutral }) => neutral !== undefined,
    same: (match) =>
      allAre(match, match.ins[1], match.op(match.node.op).neutral!)
        ? first(match)
        : 'no operand is a neutral constant',
  },
  {
    name: 'drop_same_shape',
    roots: ['reshape', 'expand'],
    same: (match) =>
      sameShape(match.type(first(match)).shape, match.type(match.node.outs[0]!).shape)
        ? first(match)
        : 'the shape changes',
  },
  {
    name: 'drop_transpose_in_order',
    roots: ['transpose'],
    same: (match) =>
      ints(match.node.attrs, 'order').every((axis, i) => axis === i) ? first(match) : 'axes move',
  },
  {
    name: 'drop_cast_to_same',
    roots: ['cast'],
    same: (match) =>
      match.type(first(match)).dtype === match.node.attrs.to ? first(match) : 'the dtype changes',
  },
  {
    name: 'drop_whole_slice',
    roots: ['slice'],
    same: (match) => {
      const { attrs } = match.node;
      const { shape } = match.type(first(match));
      const all = dimEquals(dim(attrs, 'end'), shape[axisOf(attrs, shape.length)]!);
      return dim(attrs, 'start') === 0 && all ? first(match) : 'positions are left out';
    },
  },
  {
    name: 'drop_pad_by_none',
    roots: ['pad'],
    same: (match) => {
      const { before, after } = match.node.attrs;
      return before === 0 && after === 0 ? first(match) : 'positions are added';
    },
  },
  {
    name: 'drop_concat_of_one',
    roots: ['concat'],
    same: (match) => (match.ins.length === 1 ? first(match) : 'several values are joined'),
  },
  {
    name: 'choose_branch',
    roots: ['where'],
    same: (match) => {
      const [condition, yes, no] = match.ins;
      if (yes === no) return yes!;
      if (allAre(match, condition, 1)) return yes!;
      return allAre(match, condition, 0) ? no! : 'the condition is not constant';
    },
  },
];

const identity = ({ same, ...rule }: Identity): Rule => ({
  ...rule,
  apply: (match) => {
    const id = same(match);
    if (typeof id === 'string') return match.miss(id);
    // The types differ if a pad names its length, or if an operand was broadcast.
    const fits = sameType(match.type(id), match.type(match.node.outs[0]!));
    return fits ? [match.value(id)] : match.miss('the result has another type than the input', 1);
  },
});

/** Merges two consecutive ops of the same kind: the outer op is applied to the input of the inner op. */
const merged = (op: string, attrs: (match: Match, inner: Match['node']) => Match['node']['attrs']): Rule => ({
  name: `merge_${op}`,
  roots: [op],
  apply: (match) => {
    const inner = match.producer(first(match));
    if (inner?.op !== op) return match.miss(`its input is not a ${op}`);
    return [match.b.add(match.op(op), [match.value(inner.ins[0]!)], attrs(match, inner))];
  },
});

export const IDENTITIES: readonly Rule[] = [
  ...DROPS.map(identity),
  merged('reshape', ({ node }) => node.attrs),
  merged('transpose', ({ node }, inner) => ({
    order: ints(node.attrs, 'order').map((axis) => ints(inner.attrs, 'order')[axis]!),
  })),
];
