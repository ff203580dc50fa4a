/**
 * Infers the type and shape of every value by Benben's own rules. It enters the bodies of loops and branches, and expands
 * functions with the types of each call. Declarations (value_info, outputs) are compared with the inferred types.
 * Where a rule is missing, a declaration is trusted, and D634 reports this.
 */

import type { Graph, LocalFunction, Node } from '../../compiler/onnx/model.ts';
import type { Facts } from '../facts.ts';
import { calledBy, functionKey } from '../keys.ts';
import { LOADING_LIMITS } from '../loading.ts';
import { domainOf, hasTable, type Schema, schemaOf } from '../schema.ts';
import { graphsOf, type Scope } from '../scopes.ts';
import { createBodies } from './bodies.ts';
import { type Call, Misfit, type Out } from './call.ts';
import { constantOf } from './constants.ts';
import type { Context, Inputs, Result, Run } from './context.ts';
import { agree, declarations, enter } from './declared.ts';
import { type Env, isSpoiled, lookup, newEnv } from './env.ts';
import { createLengths, namesOfInputs } from './lengths.ts';
import { createRecord, type Spot, type Told } from './record.ts';
import { RULES } from './rules.ts';
import { bindTypes, missesInput, outputType } from './signature.ts';
import { isKnown, keyOf, tensorOf, type Value, valueText } from './types.ts';

export interface Inference extends Told {
  /** The values of the model's graph, by name. */
  readonly values: ReadonlyMap<string, Value>;
}

/**
 * The maximum number of nodes that are visited, where the nodes of a function count once for each call. Real models
 * stay far below this number.
 */
const MOST_VISITS = 300_000;

/** A key that contains all known properties of the value with this name. */
const known = (env: Env, name: string): string => `${isSpoiled(env, name)}${keyOf(lookup(env, name))}`;

const spoiledResults = ({ output }: Node): readonly Result[] =>
  output.map(() => ({ value: undefined, spoiled: true }));

const outputOf = (out: Out | undefined, dtype: number): Value | undefined => {
  if (out?.whole) return out.whole;
  const type = out?.dtype ?? dtype;
  return out || type ? tensorOf(type, out?.shape, out?.value) : undefined;
};

export function infer(facts: Facts): Inference {
  const { model, scopes } = facts;
  const byGraph = new Map<Graph, Scope>(scopes.flatMap((s) => (s.graph ? [[s.graph, s]] : [])));
  const byFunction = new Map(
    scopes.flatMap((s): [string, Scope][] => (s.kind === 'function' ? [[s.root, s]] : [])),
  );
  const record = createRecord();
  const lengthsDiffer = createLengths(model.graph ? namesOfInputs(model.graph) : new Set());
  const bodies = createBodies(scopes);
  const run: Run = { facts, byGraph, byFunction, record, lengthsDiffer, memo: new Map(), bodies, visits: 0 };
  const env = newEnv();
  const scope = model.graph && byGraph.get(model.graph);
  if (scope) visit({ run, scope, env, attributes: undefined, muted: false, depth: 0 });
  return { ...record.result(), values: env.values };
}

function visit(ctx: Context, given?: Inputs): readonly Result[] {
  const { run, scope, env } = ctx;
  const declared = declarations(scope);
  enter(ctx, given, declared);
  const written = new Set<string>();
  for (const [i, node] of scope.nodes.entries()) {
    if (++run.visits > MOST_VISITS) {
      run.record.stop('nodes');
      break;
    }
    const results = resultsOf(ctx, node, i);
    node.output.forEach((name, k) => {
      if (name === '') return;
      keep(ctx, i, name, results[k], declared.get(name));
      written.add(name);
    });
  }
  const names = scope.graph?.output.map(({ name }) => name ?? '') ?? scope.function?.output ?? [];
  return names.map((name) => {
    const found = lookup(env, name);
    // A value that a node of this scope writes has already been compared with its declaration.
    const value = written.has(name) ? found : agree(ctx, -1, name, found, declared.get(name));
    return { value, spoiled: isSpoiled(env, name) };
  });
}

/** Records the value of one output, and counts it as known or unknown. */
function keep(
  ctx: Context,
  node: number,
  name: string,
  result: Result | undefined,
  declared: Value | undefined,
): void {
  const { run, scope, env, muted } = ctx;
  const value = agree(ctx, node, name, result?.value, declared);
  const spoiled = result?.spoiled ?? true;
  if (value) env.values.set(name, value);
  if (!isKnown(value)) (spoiled ? env.spoiled : env.open).add(name);
  if (!muted && !(spoiled && !isKnown(result?.value)))
    run.record.count({ scope, node }, name, result?.value, value);
}

function resultsOf(ctx: Context, node: Node, i: number): readonly Result[] {
  const { run, scope, env, muted } = ctx;
  const { model, functions } = run.facts;
  const ins = node.input.map((name) => (name === '' ? undefined : lookup(env, name)));
  const bad = node.input.some((name, k) => name !== '' && !isKnown(ins[k]) && isSpoiled(env, name));
  const f = calledBy(node, functions);
  if (f) return called(ctx, node, f, ins, bad);
  const domain = domainOf(node.domain);
  const version = scope.imports.get(domain) ?? (model.opsetImport.length === 0 ? 1 : undefined);
  const schema = version === undefined ? 'unknown' : schemaOf(domain, node.opType ?? '', version);
  const name = domain === '' ? (node.opType ?? '') : `${domain}::${node.opType ?? ''}`;
  if (typeof schema !== 'object') {
    // Nothing is known about a domain without a table. An operator that a table lacks is reported by D627 or D625.
    if (hasTable(domain) || domain === 'ai.benben') return spoiledResults(node);
    if (!muted) run.record.withoutRule(name);
    return node.output.map(() => ({ value: undefined, spoiled: bad }));
  }
  if (schema.deprecated || missesInput(node, schema)) return spoiledResults(node);
  return byRule(ctx, { node, i, name, version: version!, schema, ins, bad });
}

interface Ruled {
  readonly node: Node;
  readonly i: number;
  readonly name: string;
  readonly version: number;
  readonly schema: Schema;
  readonly ins: Inputs;
  /** Whether an input is unknown for a reason that is reported elsewhere. */
  readonly bad: boolean;
}

function byRule(ctx: Context, { node, i, name, version, schema, ins, bad }: Ruled): readonly Result[] {
  const { scope, muted } = ctx;
  const { record } = ctx.run;
  const rule = RULES.get(name);
  if (!rule && !muted) record.withoutRule(name);
  try {
    const types = bindTypes(schema, ins);
    const outs = rule?.(callOf(ctx, node, i, version, ins)) ?? [];
    return node.output.map((_, k) => ({
      value: outputOf(outs[k], outputType(schema, types, k)),
      spoiled: bad,
    }));
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    const given = ins.length > 0 ? `its inputs are ${ins.map(valueText).join(', ')}` : 'it has no inputs';
    const spot: Spot = { scope, node: i };
    if (!muted) record.tell('misfits', spot, error.message, { help: given });
    return spoiledResults(node);
  }
}

function callOf(ctx: Context, node: Node, i: number, version: number, ins: Inputs): Call {
  const { run, scope, muted, attributes } = ctx;
  return {
    op: node.opType ?? '',
    version,
    ins,
    outputs: node.output.length,
    has: (input) => Boolean(node.input[input]),
    attribute(name) {
      const own = node.attribute.find((a) => a.name === name);
      return own?.refAttrName ? attributes?.get(own.refAttrName) : own;
    },
    constant: constantOf,
    isConstant(input) {
      const found = scope.defined.get(node.input[input] ?? '');
      return found?.by === 'initializer' || scope.nodes[found?.node ?? -1]?.opType === 'Constant';
    },
    doubt: (message) => {
      if (!muted) run.record.tell('doubts', { scope, node: i }, message);
    },
    body: (graph, inputs, unsettled = false) => body(ctx, graph, inputs, muted || unsettled),
  };
}

/**
 * The types of a body's outputs. They are cached by the inputs and outer values, so that a nested body is not inferred
 * again in every iteration of the enclosing loops.
 */
function body(ctx: Context, graph: Graph, inputs: Inputs, muted: boolean): Inputs {
  const { run, env, attributes, depth } = ctx;
  const { bodies } = run;
  const scope = run.byGraph.get(graph)!;
  const around = bodies.capturesOf(scope);
  // Building a key of many values takes as long as visiting some nodes, so it counts as visits.
  run.visits += around.length / 4;
  const call = [...inputs.map(keyOf), ...around.map((name) => known(env, name))].join(' ');
  const remembered = bodies.find(scope, attributes, call, muted);
  if (remembered) return remembered;
  const results = visit({ ...ctx, scope, env: newEnv(env), depth: depth + 1, muted }, inputs);
  const values = results.map(({ value }) => value);
  bodies.keep(scope, call, muted, values);
  return values;
}

/** Infers a function's body with the types and attributes of one call. */
function called(ctx: Context, node: Node, f: LocalFunction, ins: Inputs, bad: boolean): readonly Result[] {
  const { run, muted, depth } = ctx;
  const key = functionKey(f.domain, f.name, f.overload);
  if (run.facts.recursive.has(key)) return spoiledResults(node);
  if (depth >= LOADING_LIMITS.depth.most) {
    run.record.stop('depth');
    return spoiledResults(node);
  }
  const attributes = new Map(f.attributeProto.map((a) => [a.name ?? '', a]));
  for (const a of node.attribute) {
    const value = a.refAttrName ? ctx.attributes?.get(a.refAttrName) : a;
    if (value) attributes.set(a.name ?? '', value);
  }
  const simple = [...attributes.values()].every(
    (a) => !a.t && graphsOf(a).length === 0 && a.tensors.length === 0,
  );
  const call = `${key} ${ins.map(keyOf).join(' ')} ${bad} ${simple ? JSON.stringify([...attributes]) : ''}`;
  const known = muted || !simple ? undefined : run.memo.get(call);
  if (known) return known;
  run.visits += f.input.length / 4;
  const env = newEnv();
  if (bad) for (const name of f.input) env.spoiled.add(name);
  const results = visit(
    { run, scope: run.byFunction.get(key)!, env, attributes, muted, depth: depth + 1 },
    ins,
  );
  if (simple && !muted) run.memo.set(call, results);
  return results;
}
