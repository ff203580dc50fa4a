/**
 * The body of an op in its place, where that lets a loop leave something behind. An op that the target has no
 * kernel for is written as its body in any case, but only after the last pass, and then what it does to a value
 * from outside is done in every round: attention would transpose the keys of the whole memory at each word.
 *
 * Only ops with such a value among their operands; all others keep their meaning until they are written
 * (DESIGN.md, third section), and so do those that are functions of the artifact.
 */
import type { ValueId } from '../compiler/ir/graph.ts';
import { isComposite } from '../compiler/ir/op.ts';
import { IDENTITIES } from './identities.ts';
import { kernelOf } from './lowering.ts';
import type { Pass } from './pass.ts';
import { type Match, type Rule, rewrite } from './rewrite.ts';

/** Outputs of the nodes that stand beside the match. */
const madeHere = ({ mates }: Match): ReadonlySet<ValueId> => new Set(mates.flatMap(({ outs }) => outs));

/** Whether a value is computed outside of the loop; weights and constants are not computed. */
const comesFromOutside = (match: Match, id: ValueId): boolean =>
  match.graph.inputs.some((port) => port.id === id) ||
  (match.producer(id) !== undefined && !match.literal(id) && !match.once(madeHere).has(id));

const expandBody: Rule = {
  name: 'expand_body',
  apply: (match) => {
    const { b, node, ctx, graph, value } = match;
    const op = match.op(node.op);
    if (!isComposite(op) || op.onnxFunction) return match.miss('it is no op that is written as its body');
    if (match.mates === graph.nodes) return match.miss('it stands outside of all loops', 1);
    if (kernelOf(op.name, ctx) !== 'body') return match.miss(`${ctx.target} has a kernel for it`, 2);
    const outside = node.ins.some((id) => id !== null && comesFromOutside(match, id));
    if (!outside) return match.miss('it reads nothing from outside of its loop', 3);
    return op.body(
      b,
      node.ins.map((id) => (id === null ? null : value(id))),
      node.attrs,
    );
  },
};

/** Keys of the memory come transposed by heads: two transposes are one. */
const TRANSPOSES = IDENTITIES.filter(({ roots }) => roots?.includes('transpose'));

export const expandBodies: Pass = {
  name: 'expand_bodies',
  doc: 'Ops without a kernel on the target as their bodies, in loops: what does not change can leave.',
  run: (graph, ctx) => rewrite(graph, [expandBody, ...TRANSPOSES], ctx),
};
