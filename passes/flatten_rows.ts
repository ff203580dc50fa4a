/**
 * Lets linears, and the ops between them, work on a matrix of rows. A linear of [B, n, d] is a matrix product
 * of B·n rows. ONNX Runtime multiplies by a [out, in] weight only with `Gemm`, which takes two axes. So each
 * linear would be emitted as Reshape, Gemm, Reshape. This pass makes these reshapes part of the IR. It also lets
 * ops that work row by row (norms, activations, sums) run on [B·n, d]. Then the reshape after one op is followed
 * directly by the reshape before the next op, and both disappear.
 *
 * A reshape moves no data, but a decoding step has so many small nodes that each one costs noticeable time
 * (docs/decisions/0007-what-onnxruntime-fuses.md). The runtime also fuses a `Gemm` with a `Relu` right after it.
 *
 * The pass refuses ops that combine rows. It also refuses an operand of another shape, unless the operand is one
 * number, or one number for each column.
 */
import type { Value } from '../compiler/ir/build.ts';
import { type Dim, dimEquals, mul } from '../compiler/ir/dim.ts';
import { type Node, sameShape, type ValueId } from '../compiler/ir/graph.ts';
import { reshape } from '../compiler/ops/layout.ts';
import { slice } from '../compiler/ops/pieces.ts';
import { axisOf, dim } from '../compiler/ops/shapes.ts';
import { IDENTITIES } from './identities.ts';
import type { Pass } from './pass.ts';
import { type Match, type Rule, rewrite } from './rewrite.ts';

const flat = (shape: readonly Dim[]): readonly Dim[] => [mul(...shape.slice(0, -1)), shape.at(-1)!];

const shapeOf = (match: Match, id: ValueId): readonly Dim[] => match.type(id).shape;

const withShape = ({ b }: Match, x: Value, shape: readonly Dim[]): Value => b.add(reshape, [x], { shape });

/**
 * The rows [R, d] of each value that `spread` made in this iteration, so that one iteration can follow a chain of ops.
 */
const madeOfRows = (): Map<ValueId, Value> => new Map();

/** Reshapes rows to a shape with more axes. */
function spread(match: Match, rows: Value, shape: readonly Dim[]): Value {
  const value = withShape(match, rows, shape);
  match.once(madeOfRows).set(value.id, rows);
  return value;
}

/** The rows [R, d] of a value, if the value is a reshape of rows to more axes. */
function rowsOf(match: Match, id: ValueId): Value | undefined {
  const made = match.once(madeOfRows).get(match.value(id).id);
  if (made) return made;
  const node = match.producer(id);
  if (node?.op !== 'reshape') return undefined;
  const [from, to] = [shapeOf(match, node.ins[0]!), shapeOf(match, id)];
  const fits = from.length === 2 && to.length > 2 && dimEquals(from[1]!, to.at(-1)!);
  return fits ? match.value(node.ins[0]!) : undefined;
}

const flattened = (match: Match, id: ValueId): Value =>
  rowsOf(match, id) ?? withShape(match, match.value(id), flat(shapeOf(match, id)));

/** A length of 0 has another meaning in ONNX's Reshape, so this pass does not change such shapes. */
const isEmpty = (shape: readonly Dim[]): boolean => shape.includes(0);

/** Whether an operand is one number, or one number for each column. Then it is the same for all rows. */
const isPerColumn = (shape: readonly Dim[]): boolean => shape.length <= 1;

const linearOnRows: Rule = {
  name: 'linear_on_rows',
  roots: ['linear'],
  apply: (match) => {
    const { b, node, value, op } = match;
    const [x, ...others] = node.ins;
    if (shapeOf(match, x!).length <= 2) return match.miss('its input is a matrix already');
    if (isEmpty(shapeOf(match, x!))) return match.miss('there are no rows', 1);
    const operands = others.map((id) => (id === null ? null : value(id)));
    const rows = b.add(op('linear'), [flattened(match, x!), ...operands]);
    return [spread(match, rows, shapeOf(match, node.outs[0]!))];
  },
};

const followRows: Rule = {
  name: 'follow_rows',
  rootsWith: ({ rowwise }) => rowwise === true,
  apply: (match) => {
    const { b, node, value, op } = match;
    const ids = node.ins as readonly ValueId[];
    const first = ids.find((id) => rowsOf(match, id) !== undefined);
    if (first === undefined) return match.miss('no operand is made of rows');
    const shape = shapeOf(match, first);
    const fits = ids.every((id) => sameShape(shapeOf(match, id), shape) || isPerColumn(shapeOf(match, id)));
    if (!fits) return match.miss('an operand differs between rows but has another shape', 1);
    const along = node.attrs.axis === undefined ? -1 : axisOf(node.attrs, shape.length);
    const across = along >= 0 && along !== shape.length - 1;
    if (across) return match.miss('its axis is not the last one', 1);
    if (isEmpty(shapeOf(match, node.outs[0]!))) return match.miss('the result is empty', 2);
    const rows = ids.map((id) => (isPerColumn(shapeOf(match, id)) ? value(id) : flattened(match, id)));
    const attrs = along < 0 ? node.attrs : { ...node.attrs, axis: 1 };
    return [spread(match, b.add(op(node.op), rows, attrs), shapeOf(match, node.outs[0]!))];
  },
};

/** A reshape of spread rows reads the rows themselves. It disappears if the rows already have the new shape. */
const reshapeRows: Rule = {
  name: 'reshape_rows',
  roots: ['reshape', 'squeeze', 'unsqueeze'],
  apply: (match) => {
    const { node } = match;
    const rows = rowsOf(match, node.ins[0]!);
    if (!rows) return match.miss('its input is not made of rows');
    const shape = shapeOf(match, node.outs[0]!);
    if (isEmpty(shape)) return match.miss('there are no rows', 1);
    return [sameShape(shape, rows.type.shape) ? rows : withShape(match, rows, shape)];
  },
};

/**
 * The number of elements at one position of axis 1 after the reshape of a slice, such as the width of a head. Undefined
 * if the reshape does not keep axis 0, or if the slice cuts through a position.
 */
function chunkOf(match: Match, cut: Node): number | undefined {
  const [user, ...others] = match.readers(cut.outs[0]!);
  if (cut.op !== 'slice' || user?.op !== 'reshape' || others.length > 0) return undefined;
  const [from, to] = [shapeOf(match, cut.ins[0]!), shapeOf(match, user.outs[0]!)];
  if (from.length !== 2 || axisOf(cut.attrs, 2) !== 1 || to.length < 2 || !dimEquals(from[0]!, to[0]!))
    return undefined;
  const chunk = mul(...to.slice(2));
  const whole = [dim(cut.attrs, 'start'), dim(cut.attrs, 'end'), from[1]!];
  if (typeof chunk !== 'number') return undefined;
  return whole.every((d) => typeof d === 'number' && d % chunk === 0) ? chunk : undefined;
}

/** The joint result of the linear for Q, K and V is split into heads once, before it is cut into slices. */
const reshapeBeforeCuts: Rule = {
  name: 'reshape_before_cuts',
  roots: ['reshape'],
  apply: (match) => {
    const { b, node, value } = match;
    const cut = match.producer(node.ins[0]!);
    if (cut?.op !== 'slice') return match.miss('its input is not a slice');
    const x = cut.ins[0]!;
    const cuts = match.readers(x);
    const chunk = chunkOf(match, cut);
    if (chunk === undefined) return match.miss('the slice cuts through an axis that the reshape makes', 1);
    if (cuts.length < 2 || match.uses(x) !== cuts.length) return match.miss('there is only one slice', 2);
    const shape = shapeOf(match, node.outs[0]!);
    const alike = cuts.every((mate) => chunkOf(match, mate) === chunk && sameTail(match, mate, shape));
    if (!alike) return match.miss('another slice of the same value is used differently', 3);
    const width = shapeOf(match, x)[1] as number;
    const whole = withShape(match, value(x), [shape[0]!, width / chunk, ...shape.slice(2)]);
    const at = (name: string): number => (dim(cut.attrs, name) as number) / chunk;
    return [b.add(slice, [whole], { axis: 1, start: at('start'), end: at('end') })];
  },
};

const sameTail = (match: Match, cut: Node, shape: readonly Dim[]): boolean => {
  const [user] = match.readers(cut.outs[0]!);
  return sameShape(shapeOf(match, user!.outs[0]!).slice(2), shape.slice(2));
};

const RESHAPES = IDENTITIES.filter(({ roots }) => roots?.includes('reshape'));

export const flattenRows: Pass = {
  name: 'flatten_rows',
  doc: 'Runs linears, norms, activations and sums on [rows, width], so that the reshapes between them cancel.',
  run: (graph, ctx) =>
    rewrite(graph, [linearOnRows, followRows, reshapeRows, reshapeBeforeCuts, ...RESHAPES], ctx),
};
