/**
 * Replaces an op by its body where that lets a loop compute less. An op without a kernel on the target is written as
 * its body in any case, but only after the last pass. Its work on values from outside the loop would then be repeated
 * in every iteration: attention would transpose the keys of the whole memory for each generated token.
 *
 * Only ops that read such a value are expanded. All others stay single ops until they are emitted, and so do those
 * that are functions of the artifact.
 */
import type { ValueId } from '../compiler/ir/graph.ts';
import { isComposite } from '../compiler/ir/op.ts';
import { kernelFor } from './facts.ts';
import { IDENTITIES } from './identities.ts';
import type { Pass } from './pass.ts';
import { type Match, type Rule, rewrite } from './rewrite.ts';

/** The outputs of all nodes in the region of the match. */
const madeHere = ({ mates }: Match): ReadonlySet<ValueId> => new Set(mates.flatMap(({ outs }) => outs));

/** Whether a value is computed outside of the loop. Weights and constants do not count as computed, whether or not they are inputs. */
const comesFromOutside = (match: Match, id: ValueId): boolean =>
  match.graph.inputs.some((port) => port.id === id && !port.weight) ||
  (match.producer(id) !== undefined && !match.literal(id) && !match.once(madeHere).has(id));

const expandBody: Rule = {
  name: 'expand_body',
  apply: (match) => {
    const { b, node, ctx, graph, value } = match;
    const op = match.op(node.op);
    if (!isComposite(op) || op.onnxFunction) return match.miss('it is not an op that is written as its body');
    if (match.mates === graph.nodes) return match.miss('it stands outside of all loops', 1);
    if (kernelFor(op, ctx) !== 'body') return match.miss(`${ctx.target} has a kernel for it`, 2);
    const outside = node.ins.some((id) => id !== null && comesFromOutside(match, id));
    if (!outside) return match.miss('it reads nothing from outside of its loop', 3);
    return op.body(
      b,
      node.ins.map((id) => (id === null ? null : value(id))),
      node.attrs,
    );
  },
};

/** The keys of the memory are already transposed by heads, so two transposes become one. */
const TRANSPOSES = IDENTITIES.filter(({ roots }) => roots?.includes('transpose'));

export const expandBodies: Pass = {
  name: 'expand_bodies',
  doc: 'Replaces ops without a kernel on the target by their bodies in loops, so that work which does not change can leave the loop.',
  run: (graph, ctx) => rewrite(graph, [expandBody, ...TRANSPOSES], ctx),
};
