/**
 * Types and shapes of every value, by our own rules: bodies of loops and branches included, functions expanded with
 * the types that they are called with. What is declared (value_info, outputs) is held against what follows. Where
 * a rule is missing a declaration is taken on trust, and that is told.
 */

import type { Attribute, Graph, Info, LocalFunction, Node } from '../../compiler/onnx/model.ts';
import type { Facts } from '../facts.ts';
import { calledBy, functionKey } from '../keys.ts';
import { shown } from '../rule.ts';
import { domainOf, hasTable, type Schema, schemaOf } from '../schema.ts';
import { graphsOf, type Scope } from '../scopes.ts';
import { createBodies } from './bodies.ts';
import { type Call, Misfit, type Out } from './call.ts';
import { constantOf } from './constants.ts';
import { type Env, isSpoiled, lookup, newEnv } from './env.ts';
import { createLengths, namesOfInputs } from './lengths.ts';
import { createRecord, type Spot, type Told } from './record.ts';
import { RULES } from './rules.ts';
import { bindTypes, missesInput, outputType } from './signature.ts';
import { declaredValue, isKnown, keyOf, merge, tensorOf, type Value, valueText } from './types.ts';

export interface Inference extends Told {
  /** Of the model's graph, by name. */
  readonly values: ReadonlyMap<string, Value>;
}

/** Nodes that are looked at, those of functions once a call; far more than any model has. */
const MOST_VISITS = 300_000;
export const DEEPEST_CALL = 100;

type Inputs = readonly (Value | undefined)[];

interface Context {
  readonly scope: Scope;
  readonly env: Env;
  /** Of the function around. */
  readonly attributes: ReadonlyMap<string, Attribute> | undefined;
  /** A round of a loop whose types are not settled: nothing is told. */
  readonly muted: boolean;
  readonly depth: number;
}

interface Result {
  readonly value: Value | undefined;
  readonly spoiled: boolean;
}

/** Names of lengths mean the same everywhere in the graph; those of a function are its own, for any length. */
const sharesSymbols = (scope: Scope): boolean => scope.root === '';

/** What a scope declares of its values, by name. */
function declarations(scope: Scope): ReadonlyMap<string, Value> {
  const declared = new Map<string, Value>();
  const infos: readonly Info[] = scope.graph
    ? [...scope.graph.valueInfo, ...scope.graph.output]
    : (scope.function?.valueInfo ?? []);
  for (const { name, type } of infos) {
    const value = declaredValue(type, sharesSymbols(scope));
    if (!value || !name) continue;
    const both = merge(declared.get(name), value);
    declared.set(name, both && 'kind' in both ? both : value);
  }
  return declared;
}

/** Everything that is known of a name, as a key. */
const known = (env: Env, name: string): string => `${isSpoiled(env, name)}${keyOf(lookup(env, name))}`;

const spoiledResults = ({ output }: Node): readonly Result[] =>
  output.map(() => ({ value: undefined, spoiled: true }));

const outputOf = (out: Out | undefined, dtype: number): Value | undefined => {
  if (out?.whole) return out.whole;
  const type = out?.dtype ?? dtype;
  return out || type ? tensorOf(type, out?.shape, out?.value) : undefined;
};

export function infer(facts: Facts): Inference {
  const { model, functions, recursive, scopes } = facts;
  const byGraph = new Map<Graph, Scope>(scopes.flatMap((s) => (s.graph ? [[s.graph, s]] : [])));
  const byFunction = new Map(
    scopes.flatMap((s): [string, Scope][] => (s.kind === 'function' ? [[s.root, s]] : [])),
  );
  const record = createRecord();
  const lengthsDiffer = createLengths(model.graph ? namesOfInputs(model.graph) : new Set());
  const memo = new Map<string, readonly Result[]>();
  const bodies = createBodies(scopes);
  let visits = 0;

  /** What follows and what is declared, together; a contradiction is told, and what follows is kept. */
  function agree(
    ctx: Context,
    node: number,
    name: string,
    value: Value | undefined,
    declared: Value | undefined,
  ): Value | undefined {
    const both = merge(value, declared);
    const differs = !ctx.muted && sharesSymbols(ctx.scope) && lengthsDiffer(value, declared);
    if (!both || ('kind' in both && !differs)) return both;
    const message = `'${shown(name)}' is declared as ${valueText(declared)}, and is ${valueText(value)}`;
    if (!ctx.muted) record.tell('conflicts', { scope: ctx.scope, node }, message);
    return value;
  }

  /** Fills a scope's own values before its nodes: what comes in, and what is constant. */
  function enter(ctx: Context, given: Inputs | undefined, declared: ReadonlyMap<string, Value>): void {
    const { scope, env } = ctx;
    const { graph, function: f } = scope;
    const set = (name: string, value: Value | undefined, other: Value | undefined): void => {
      const known = agree(ctx, -1, name, value, other);
      if (known) env.values.set(name, known);
      else if (!env.spoiled.has(name)) env.open.add(name);
    };
    f?.input.forEach((name, i) => void set(name, given?.[i], declared.get(name)));
    graph?.input.forEach(({ name = '', type }, i) => {
      set(name, given?.[i], declaredValue(type, sharesSymbols(scope)));
    });
    for (const t of graph?.initializer ?? []) {
      const own = constantOf(t);
      // Of dims that cannot be.
      if (!isKnown(own)) env.spoiled.add(t.name ?? '');
      const asInput = env.values.get(t.name ?? '');
      // From IR version 4 on, one that is an input too is a default, which a caller may replace.
      const replaceable = asInput !== undefined && (model.irVersion ?? 0) >= 4;
      set(t.name ?? '', replaceable ? tensorOf(own.dtype, own.shape) : own, asInput);
    }
    for (const { values, dims } of graph?.sparseInitializer ?? [])
      set(values?.name ?? '', tensorOf(values?.dataType ?? 0, dims), undefined);
  }

  function visit(ctx: Context, given?: Inputs): readonly Result[] {
    const { scope, env } = ctx;
    const declared = declarations(scope);
    enter(ctx, given, declared);
    const written = new Set<string>();
    for (const [i, node] of scope.nodes.entries()) {
      if (++visits > MOST_VISITS) {
        record.stop('nodes');
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
      // What a node here writes is held against its declaration already.
      const value = written.has(name) ? found : agree(ctx, -1, name, found, declared.get(name));
      return { value, spoiled: isSpoiled(env, name) };
    });
  }

  /** Notes what is known of one output, and counts what is not. */
  function keep(
    ctx: Context,
    node: number,
    name: string,
    result: Result | undefined,
    declared: Value | undefined,
  ): void {
    const { scope, env, muted } = ctx;
    const value = agree(ctx, node, name, result?.value, declared);
    const spoiled = result?.spoiled ?? true;
    if (value) env.values.set(name, value);
    if (!isKnown(value)) (spoiled ? env.spoiled : env.open).add(name);
    if (!muted && !(spoiled && !isKnown(result?.value)))
      record.count({ scope, node }, name, result?.value, value);
  }

  function resultsOf(ctx: Context, node: Node, i: number): readonly Result[] {
    const { scope, env, muted } = ctx;
    const ins = node.input.map((name) => (name === '' ? undefined : lookup(env, name)));
    const bad = node.input.some((name, k) => name !== '' && !isKnown(ins[k]) && isSpoiled(env, name));
    const f = calledBy(node, functions);
    if (f) return called(ctx, node, f, ins, bad);
    const domain = domainOf(node.domain);
    const version = scope.imports.get(domain) ?? (model.opsetImport.length === 0 ? 1 : undefined);
    const schema = version === undefined ? 'unknown' : schemaOf(domain, node.opType ?? '', version);
    const name = domain === '' ? (node.opType ?? '') : `${domain}::${node.opType ?? ''}`;
    if (typeof schema !== 'object') {
      // Of a domain without a table nothing is known; what a table lacks is told as a mistake.
      if (hasTable(domain) || domain === 'ai.benben') return spoiledResults(node);
      if (!muted) record.withoutRule(name);
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
    /** An input is not known, for a reason that is told elsewhere. */
    readonly bad: boolean;
  }

  function byRule(ctx: Context, { node, i, name, version, schema, ins, bad }: Ruled): readonly Result[] {
    const { scope, muted } = ctx;
    const rule = RULES.get(name);
    if (!rule && !muted) record.withoutRule(name);
    try {
      const types = bindTypes(schema, ins);
      const outs = rule?.(callOf(ctx, node, version, ins)) ?? [];
      return node.output.map((_, k) => ({
        value: outputOf(outs[k], outputType(schema, types, k)),
        spoiled: bad,
      }));
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      const given = `it is given ${ins.map(valueText).join(', ') || 'nothing'}`;
      const spot: Spot = { scope, node: i };
      if (!muted) record.tell('misfits', spot, error.message, given);
      return spoiledResults(node);
    }
  }

  function callOf(ctx: Context, node: Node, version: number, ins: Inputs): Call {
    const { muted, attributes } = ctx;
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
      body: (graph, inputs, unsettled = false) => body(ctx, graph, inputs, muted || unsettled),
    };
  }

  /**
   * Types of a body's outputs. With the same inputs, around the same values, they are the same: bodies in bodies settle
   * one by one, and not each in every round of the others.
   */
  function body(ctx: Context, graph: Graph, inputs: Inputs, muted: boolean): Inputs {
    const { env, attributes, depth } = ctx;
    const scope = byGraph.get(graph)!;
    const around = bodies.capturesOf(scope);
    // The key of many values takes as long as some nodes.
    visits += around.length / 4;
    const call = [...inputs.map(keyOf), ...around.map((name) => known(env, name))].join(' ');
    const remembered = bodies.find(scope, attributes, call, muted);
    if (remembered) return remembered;
    const results = visit({ ...ctx, scope, env: newEnv(env), depth: depth + 1, muted }, inputs);
    const values = results.map(({ value }) => value);
    bodies.keep(scope, call, muted, values);
    return values;
  }

  /** A function's body with the types and attributes of one call. */
  function called(ctx: Context, node: Node, f: LocalFunction, ins: Inputs, bad: boolean): readonly Result[] {
    const { muted, depth } = ctx;
    const key = functionKey(f.domain, f.name, f.overload);
    if (recursive.has(key)) return spoiledResults(node);
    if (depth >= DEEPEST_CALL) {
      record.stop('depth');
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
    const known = muted || !simple ? undefined : memo.get(call);
    if (known) return known;
    visits += f.input.length / 4;
    const env = newEnv();
    if (bad) for (const name of f.input) env.spoiled.add(name);
    const results = visit({ scope: byFunction.get(key)!, env, attributes, muted, depth: depth + 1 }, ins);
    if (simple && !muted) memo.set(call, results);
    return results;
  }

  const env = newEnv();
  const scope = model.graph && byGraph.get(model.graph);
  if (scope) visit({ scope, env, attributes: undefined, muted: false, depth: 0 });
  return { ...record.result(), values: env.values };
}
