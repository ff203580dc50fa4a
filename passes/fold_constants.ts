/**
 * Computes the values that depend on neither inputs nor weights, and drops ops that change nothing (`identities.ts`).
 * It folds in float64 with the reference function of each op. A literal is rounded once, when it is written.
 *
 * It refuses weights, because their values are not known here, and results of more than 1024 elements, because they
 * would make the file large. It also refuses float16, because the pass `halve_floats` makes those literals, and
 * integers that a double cannot represent.
 */

import { PLAIN } from '../compiler/ir/arithmetic.ts';
import { type Dim, symbolsOf } from '../compiler/ir/dim.ts';
import type { AttrValue, Graph, Literal, Node } from '../compiler/ir/graph.ts';
import { isComposite, type Op, type Tensor } from '../compiler/ir/op.ts';
import { sizeOf } from '../compiler/ir/tensors.ts';
import { constant } from '../compiler/ops/constants.ts';
import { IDENTITIES } from './identities.ts';
import type { Pass } from './pass.ts';
import { isMiss, type Match, type Miss, type Rule, rewrite } from './rewrite.ts';

/** The maximum number of elements of a result that is written as a literal. */
export const MOST_ELEMENTS = 1024;

/** The values of a node's outputs, or the reason why they are not known. */
type Folded = readonly Tensor[] | Miss;

/** The results for each node of a graph. With them, one iteration folds a whole chain, and folds each node only once. */
const folded = new WeakMap<Graph, Map<Node, Folded>>();

function foldedBy(match: Match, node: Node): Folded {
  const known = folded.get(match.graph) ?? new Map<Node, Folded>();
  folded.set(match.graph, known);
  const value = known.get(node) ?? fold(match, node);
  known.set(node, value);
  return value;
}

const isKnownAttr = (op: Op, name: string, value: AttrValue): boolean => {
  if (typeof value === 'object' && 'ref' in value) return false;
  const kind = op.attrs[name]?.kind;
  const dims = kind === 'dims' ? value : kind === 'dim' || kind === 'int' ? [value] : [];
  return (dims as readonly Dim[]).every((d) => symbolsOf(d).length === 0);
};

const isSmall = (match: Match, node: Node): boolean =>
  node.outs.every((id) => {
    const { shape } = match.type(id);
    const known = shape.filter((d) => typeof d === 'number');
    return known.length === shape.length && sizeOf(known) <= MOST_ELEMENTS;
  });

/** The conditions for folding, in the order of checking. `reason` is reported if the condition is not met. */
const GUARDS: readonly { readonly reason: string; readonly holds: (match: Match, node: Node) => boolean }[] =
  [
    {
      reason: 'it is not a primitive with a reference value',
      holds: (match, { op, region }) => {
        const found = match.op(op);
        return !region && !isComposite(found) && found.ref !== undefined;
      },
    },
    {
      reason: 'it gives different values each time it runs',
      holds: (match, { op }) => match.op(op).pure !== false,
    },
    {
      reason: 'an attribute is not known yet',
      holds: (match, { op, attrs }) =>
        Object.entries(attrs).every(([name, value]) => isKnownAttr(match.op(op), name, value)),
    },
    { reason: 'the result is large, or of unknown size', holds: isSmall },
    {
      reason: 'float16 literals are not folded',
      holds: (match, { outs }) => outs.every((id) => match.type(id).dtype !== 'f16'),
    },
  ];

function fold(match: Match, node: Node): Folded {
  const failed = GUARDS.findIndex(({ holds }) => !holds(match, node));
  if (failed >= 0) return match.miss(GUARDS[failed]!.reason, failed, node);
  const ins: (Tensor | null)[] = [];
  for (const id of node.ins) {
    const value = id === null ? null : constantAt(match, id);
    if (value && isMiss(value)) return value;
    ins.push(value);
  }
  const op = match.op(node.op);
  const results = isComposite(op) ? [] : op.ref!(ins, node.attrs, (d) => d as number, PLAIN);
  const exact = results.every((t) => t.dtype !== 'i64' || t.data.every(Number.isSafeInteger));
  return exact ? results : match.miss('an integer is too large to be exact', GUARDS.length + 1, node);
}

function constantAt(match: Match, id: number): Tensor | Miss {
  const node = match.producer(id);
  if (!node) return match.miss('an input is not constant', GUARDS.length);
  const values = foldedBy(match, node);
  return isMiss(values) ? values : values[node.outs.indexOf(id)]!;
}

const literalOf = ({ dtype, shape, data }: Tensor): Literal => ({ dtype, shape, data: [...data] });

const foldNode: Rule = {
  name: 'fold_node',
  apply: (match) => {
    if (match.node.op === 'constant') return match.miss('it is a constant already', -1);
    const values = foldedBy(match, match.node);
    if (isMiss(values)) return values;
    return values.map((t) => match.b.add(constant, [], { value: literalOf(t) }));
  },
};

export const foldConstants: Pass = {
  name: 'fold_constants',
  doc: 'Computes the values that depend on no input and no weight, and drops ops that change nothing.',
  run: (graph, ctx) => rewrite(graph, [foldNode, ...IDENTITIES], ctx),
};
