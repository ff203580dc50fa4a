/**
 * Linears in 8 or 4 bits. Each gets the form that its rows pay for (`linear_costs.ts`): many rows (an encoder, the
 * projections of a memory) take int8 weights and activations that are quantised as they come; few rows (a
 * decoding step) may take weights alone, in blocks. The quantised weights are computed while the artifact is
 * written. Not exact, and only for `--precision int8` or `int4`.
 *
 * Refuses what must stay float32: weights that are computed at run time, and linears of one output, which score
 * tokens: a pooling ranks by them, where the smallest error changes which tokens are kept, for no time saved.
 * Embedding tables and norms are no linears; an output projection that shares its matrix with an embedding
 * gets a quantised copy, since it is what a decoding step reads most.
 */

import type { Value } from '../compiler/ir/build.ts';
import { allNodes, type Graph, type Node, type ValueId } from '../compiler/ir/graph.ts';
import { exprsOf, literalExpr, type WeightExpr, weightExpr } from '../compiler/ir/weight_expr.ts';
import { BLOCKS, type Form, formFor, rowsOf } from './linear_costs.ts';
import type { Pass, PassContext } from './pass.ts';
import { type Match, type Miss, type Rule, rewrite } from './rewrite.ts';
import { isScorer } from './scorers.ts';

type Producers = Pick<Match, 'producer' | 'weight'>;

/** Names of the weights that a value is computed from; undefined where anything else goes into it. */
function weightNames(graph: Producers, id: ValueId): readonly string[] | undefined {
  const weight = graph.weight(id);
  if (weight) return [weight.name];
  const node = graph.producer(id);
  if (!node || node.region) return undefined;
  const parts = node.ins.map((part) => (part === null ? [] : weightNames(graph, part)));
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

/** A matrix that is known when the artifact is written: a weight, or what ops on weights make of some. */
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
  doc: 'Linears in 8 or 4 bits, each in the form that its rows pay for.',
  run: (graph, ctx) => ((ctx.precision ?? 'fp32') === 'fp32' ? graph : rewrite(graph, [quantizeLinear], ctx)),
};

/** In which form a quantised graph holds each weight, by its name: what `PassContext.forms` takes. */
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
