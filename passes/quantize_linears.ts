/**
 * Quantises linears to 8 or 4 bits. Each linear gets the form that is best for its number of rows
 * (`linear_costs.ts`). With many rows (an encoder, the projections of a memory) the weights become int8, and the
 * activations are quantised at run time. With few rows (a decoding step) only the weights may be quantised,
 * in blocks. The quantised weights are computed while the artifact is written. This is not exact, so it runs only
 * for `--precision int8` and `int4`.
 *
 * The pass refuses weights that are computed at run time. It also refuses the linears that score rows for a
 * pooling: the smallest error changes which rows are kept, and no time would be saved. Embedding tables and norms
 * are not linears. An output projection that shares its matrix with an embedding gets a quantised copy, because it
 * is the largest matrix that a decoding step reads.
 */

import type { Value } from '../compiler/ir/build.ts';
import { allNodes, type Graph, type Node, type ValueId } from '../compiler/ir/graph.ts';
import { exprsOf, literalExpr, type WeightExpr, weightExpr } from '../compiler/ir/weight_expr.ts';
import { isScorer } from './facts.ts';
import { BLOCKS, type Form, formFor, rowsOf } from './linear_costs.ts';
import type { Pass, PassContext } from './pass.ts';
import { type Match, type Miss, type Rule, rewrite } from './rewrite.ts';

type Producers = Pick<Match, 'producer' | 'weight'>;

/** The names of the weights that a value is computed from; undefined if it is computed from anything else. */
function weightNames(graph: Producers, id: ValueId): readonly string[] | undefined {
  const weight = graph.weight(id);
  if (weight) return [weight.name];
  const node = graph.producer(id);
  if (!node || node.region) return undefined;
  const parts = node.ins.map((part) => (part === null ? [] : weightNames(graph, part)));
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

/** A matrix that is known when the artifact is written: a weight, a literal, or a result of ops on both. */
function weightAt(match: Match, id: ValueId): WeightExpr | undefined {
  const weight = match.weight(id);
  if (weight) return weightExpr(weight);
  const literal = match.literal(id);
  if (literal) return literalExpr(literal);
  const node = match.producer(id);
  const ins = node?.ins.map((part) => (part === null ? null : weightAt(match, part)));
  const outs = node && ins && exprsOf(match.op(node.op), node, ins, node.outs.map(match.type));
  return outs?.[node!.outs.indexOf(id)];
}

function formOf(match: Match): Exclude<Form, 'fp32'> | Miss {
  const { node, ctx } = match;
  const [x, weight] = [match.type(node.ins[0]!), match.type(node.ins[1]!)];
  const names = weightNames(match, node.ins[1]!) ?? [];
  if (names.length === 0 || !weightAt(match, node.ins[1]!)) return match.miss('its weight is computed');
  if (weight.dtype !== 'f32') return match.miss(`its weight is ${weight.dtype}`, 1);
  const [out, columns] = weight.shape as readonly [number, number];
  if (isScorer(node)) return match.miss('it scores rows for a pooling', 2);
  const size = { in: columns, out };
  const chosen = ctx.forms
    ? (ctx.forms.get(names[0]!) ?? 'fp32')
    : formFor(ctx.precision ?? 'fp32', ctx.target, rowsOf(x.shape.slice(0, -1)), size);
  return chosen === 'fp32' ? match.miss(`float32 is as fast on ${ctx.target}`, 3) : chosen;
}

const WRITE: Readonly<Record<'dynamic' | 'block', (match: Match, form: Form) => Value>> = {
  dynamic: ({ b, node, op, value }) => {
    const [x, weight, bias = null] = node.ins;
    const weights = b.many(op('quantize_channels'), [value(weight!)]);
    const activations = b.many(op('quantize_dynamic'), [value(x!)]);
    const ins = [...activations, ...weights, bias === null ? null : value(bias)];
    return b.add(op('linear_dynamic'), ins);
  },
  block: ({ b, node, op, value, type }, form) => {
    const [x, weight, bias = null] = node.ins;
    const [out, columns] = type(weight!).shape as readonly [number, number];
    const attrs = BLOCKS[form as keyof typeof BLOCKS];
    const weights = b.many(op('quantize_blocks'), [value(weight!)], attrs);
    const ins = [value(x!), ...weights, bias === null ? null : value(bias)];
    return b.add(op('linear_blockwise'), ins, { ...attrs, in: columns, out });
  },
};

const quantizeLinear: Rule = {
  name: 'quantize_linear',
  roots: ['linear'],
  apply: (match) => {
    const form = formOf(match);
    if (typeof form === 'object') return form;
    return [WRITE[form === 'dynamic8' ? 'dynamic' : 'block'](match, form)];
  },
};

export const quantizeLinears: Pass = {
  name: 'quantize_linears',
  doc: 'Quantises linears to 8 or 4 bits, each in the form that is best for its number of rows.',
  run: (graph, ctx) => ((ctx.precision ?? 'fp32') === 'fp32' ? graph : rewrite(graph, [quantizeLinear], ctx)),
};

/**
 * The form of each weight in a quantised graph, by the name of the weight. The map can be used as
 * `PassContext.forms`.
 */
export function formsIn(graph: Graph): NonNullable<PassContext['forms']> {
  const producers = new Map<ValueId, Node>();
  for (const node of allNodes(graph.nodes)) for (const id of node.outs) producers.set(id, node);
  const weights = new Map(graph.params.map(({ id, weight }) => [id, weight]));
  const known: Producers = { producer: (id) => producers.get(id), weight: (id) => weights.get(id) };
  const forms = new Map<string, Form>();
  for (const node of producers.values()) {
    const blocks = node.op === 'quantize_blocks';
    if (!blocks && node.op !== 'quantize_channels') continue;
    const form: Form = !blocks ? 'dynamic8' : node.attrs.bits === 8 ? 'block8' : 'block4';
    for (const name of weightNames(known, node.ins[0]!) ?? []) forms.set(name, form);
  }
  return forms;
}
