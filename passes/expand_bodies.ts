/**
 * Replaces an op by its body where this lets a loop compute less. An op without a kernel on the target is written as
 * its body in any case, but only after the last pass. Then the op's work on values from outside the loop would be
 * repeated in every iteration: attention would transpose the keys of the whole memory for each generated token.
 *
 * Only ops that read a value from outside the loop are expanded. All other ops stay single ops until they are emitted.
 * Ops that the artifact defines as ONNX functions are never expanded.
 */
import type { ValueId } from '../compiler/ir/graph.ts';
import { isComposite } from '../compiler/ir/op.ts';
import { kernelFor } from './facts.ts';
import { IDENTITIES } from './identities.ts';
import type { Pass } from './pass.ts';
import { type Match, type Rule, rewrite } from './rewrite.ts';

/** The outputs of all nodes in the region of the match. */
const madeHere = ({ mates }: Match): ReadonlySet<ValueId> => new Set(mates.flatMap(({ outs }) => outs));

/**
 * Whether a value comes from outside the loop and is neither a weight nor a constant. Some weights are inputs of the
 * graph; they count as weights.
 */
const comesFromOutside = (match: Match, id: ValueId): boolean =>
  match.graph.inputs.some((port) => port.id === id && !port.weight) ||
  (match.producer(id) !== undefined && !match.literal(id) && !match.once(madeHere).has(id));

const expandBody: Rule = {
  name: 'expand_body',
  apply: (match) => {
    const { b, node, ctx, graph, value } = match;
    const op = match.op(node.op);
    if (!isComposite(op) || op.onnxFunction) return match.miss('it is not an op that is written as its body');
    if (match.mates === graph.nodes) return match.miss('it is outside of all loops', 1);
    if (kernelFor(op, ctx, node.attrs) !== 'body') return match.miss(`${ctx.target} has a kernel for it`, 2);
    const outside = node.ins.some((id) => id !== null && comesFromOutside(match, id));
    if (!outside) return match.miss('it reads nothing from outside of its loop', 3);
    return op.body(
      b,
      node.ins.map((id) => (id === null ? null : value(id))),
      node.attrs,
    );
  },
};

/** One transpose has already split the keys of the memory into heads, so two transposes become one. */
const TRANSPOSES = IDENTITIES.filter(({ roots }) => roots?.includes('transpose'));

export const expandBodies: Pass = {
  name: 'expand_bodies',
  doc: 'Replaces ops in loops by their bodies if the target has no kernel for them, so that work that is the same in every iteration can leave the loop.',
  run: (graph, ctx) => rewrite(graph, [expandBody, ...TRANSPOSES], ctx),
};
