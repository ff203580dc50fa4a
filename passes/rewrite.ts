/**
 * The driver of rewriting. It builds a graph again with a `Builder`, node by node in the same order, including
 * regions, and lets rules replace the outputs of a node. The builder merges equal expressions, and at the end it
 * drops nodes that nothing reads. This is repeated until no rule fires.
 *
 * Rules see the graph as it was before the iteration: producers and use counts are exact there, and `value`
 * gives the new value for an old one. A rule that does not fire gives its reason (`Miss`). The driver rejects a
 * rule that changes a type, and rules that never stop firing.
 */
import { type Builder, createBuilder, type Value } from '../compiler/ir/build.ts';
import {
  allNodes,
  type Graph,
  type Literal,
  type Node,
  sameType,
  type TensorType,
  typeText,
  type ValueId,
} from '../compiler/ir/graph.ts';
import { type Op, require } from '../compiler/ir/op.ts';
import { DiagnosticError } from '../dsl/diagnostics.ts';
import { passProblem } from './codes.ts';
import { factsOf } from './facts.ts';
import type { Match, Rule } from './match.ts';
import type { PassContext } from './pass.ts';
import { isMiss } from './trace.ts';

export { type Match, type Rule, standsWith } from './match.ts';
export { isMiss, type Miss } from './trace.ts';

/**
 * The maximum number of iterations. Useful rules need far fewer, because each iteration tries every rule at every node.
 */
const MOST_ITERATIONS = 64;

export function rewrite(graph: Graph, rules: readonly Rule[], ctx: PassContext): Graph {
  let current = graph;
  let firing: readonly string[] = [];
  const rulesFor = rulesByOp(rules, ctx);
  for (let i = 0; i < MOST_ITERATIONS; i++) {
    // Rebuilding a graph costs far more than checking that no rule applies to any of its ops.
    if (![...allNodes(current.nodes)].some(({ op }) => rulesFor(op).length > 0)) return current;
    const run = replay(current, rulesFor, ctx);
    if (run.firing.length === 0) return current;
    [current, firing] = [finished(run), run.firing];
  }
  const names = [...new Set(firing)].join(', ');
  throw new DiagnosticError(
    passProblem(
      'D322',
      `rewriting does not settle: after ${MOST_ITERATIONS} iterations these rules still fire: ${names}`,
    ),
  );
}

/** Rebuilds a graph without rules: merges equal expressions, and drops nodes that nothing reads. */
export const rebuilt = (graph: Graph, ctx: PassContext): Graph => finished(replay(graph, () => [], ctx));

type RulesFor = (op: string) => readonly Rule[];

const looksAt = ({ roots, rootsWith }: Rule, op: Op): boolean =>
  roots || rootsWith ? (roots?.includes(op.name) ?? false) || (rootsWith?.(op) ?? false) : true;

function rulesByOp(rules: readonly Rule[], ctx: PassContext): RulesFor {
  const known = new Map<string, readonly Rule[]>();
  return (op) => {
    const found = known.get(op) ?? rules.filter((rule) => looksAt(rule, opNamed(ctx, op)));
    known.set(op, found);
    return found;
  };
}

/** The part of a match that is the same for all nodes in an iteration. */
type Common = Omit<Match, 'node' | 'ins' | 'mates' | 'once' | 'miss'>;

interface Replay {
  readonly graph: Graph;
  readonly ctx: PassContext;
  readonly b: Builder;
  /** The new value for each value of the old graph. */
  readonly now: Map<ValueId, Value>;
  readonly rulesFor: RulesFor;
  readonly common: Common;
  /**
   * Nodes that stay as they are. They are copied only when a rule requests a value or builds one: in most iterations of
   * most passes there is nothing to do, and then nothing is copied.
   */
  readonly waiting: Node[];
  /** The rules that fired, in order. */
  readonly firing: string[];
}

/** The graph or region whose nodes are replayed, and the results of `once` in it. */
interface ReplayedRegion {
  readonly mates: readonly Node[];
  readonly known: Map<unknown, unknown>;
}

function replay(graph: Graph, rulesFor: RulesFor, ctx: PassContext): Replay {
  const b = createBuilder(graph.name);
  const now = new Map<ValueId, Value>();
  const waiting: Node[] = [];
  const common = commonOf(graph, ctx, b, now, () => catchUp(run));
  const run: Replay = { graph, ctx, b, now, rulesFor, common, waiting, firing: [] };
  for (const { name, id, weight } of graph.inputs) now.set(id, b.input(name, graph.types[id]!, weight));
  for (const { id, weight } of graph.params) now.set(id, b.param(weight, graph.types[id]!));
  replayNodes(run, graph.nodes);
  return run;
}

function finished(run: Replay): Graph {
  catchUp(run);
  for (const { name, id } of run.graph.outputs) run.b.output(name, current(run.now, id));
  return run.b.done();
}

function replayNodes(run: Replay, nodes: readonly Node[]): void {
  const region: ReplayedRegion = { mates: nodes, known: new Map() };
  for (const node of nodes) {
    const rules = run.rulesFor(node.op);
    const values = rules.length > 0 ? run.b.at(node, () => replaced(run, node, rules, region)) : undefined;
    if (values) settle(run, node, values);
    else run.waiting.push(node);
    // A region is copied now, so that rules can fire in it.
    if (node.region) catchUp(run);
  }
}

function catchUp(run: Replay): void {
  for (const node of run.waiting.splice(0))
    settle(
      run,
      node,
      run.b.at(node, () => copied(run, node)),
    );
}

function settle({ now }: Replay, { outs }: Node, values: readonly Value[]): void {
  for (const [i, id] of outs.entries()) now.set(id, values[i]!);
}

function current(now: Replay['now'], id: ValueId): Value {
  const value = now.get(id);
  require(value !== undefined, () => `%${id} is not computed yet`);
  return value;
}

function opNamed({ ops }: PassContext, name: string): Op {
  const op = Object.hasOwn(ops, name) ? ops[name] : undefined;
  require(op !== undefined, () => `there is no op '${name}'`);
  return op;
}

/** Tries the rules at a node. Returns the values with which the first rule that fires replaces the node's outputs. */
function replaced(
  run: Replay,
  node: Node,
  rules: readonly Rule[],
  region: ReplayedRegion,
): readonly Value[] | undefined {
  const { trace } = run.ctx;
  const orders = ordersOf(opNamed(run.ctx, node.op), node);
  const matches = orders.map((ins) => matchOf(run.common, node, ins, region));
  for (const rule of rules) {
    for (const match of matches) {
      const result = rule.apply(match);
      if (isMiss(result)) {
        trace?.missed(rule.name, result);
        continue;
      }
      requireSameTypes(run.graph, rule, node, result);
      trace?.fired(rule.name);
      run.firing.push(rule.name);
      return result;
    }
  }
  return undefined;
}

function ordersOf(op: Op, { ins }: Node): readonly Node['ins'][] {
  const [x, y] = ins;
  return op.commutative && ins.length === 2 && x !== y ? [ins, [y!, x!]] : [ins];
}

function requireSameTypes({ types }: Graph, rule: Rule, node: Node, values: readonly Value[]): void {
  const want = node.outs.map((id) => types[id]!);
  const same = values.length === want.length && values.every((v, i) => sameType(v.type, want[i]!));
  const text = (list: readonly TensorType[]): string => list.map(typeText).join(', ');
  require(same, () =>
    `the rule '${rule.name}' puts ${text(values.map((v) => v.type))} in the place of ${text(want)}`);
}

function commonOf(
  graph: Graph,
  ctx: PassContext,
  b: Builder,
  now: Replay['now'],
  catchUp: () => void,
): Common {
  const { producers, weights, uses, readers } = factsOf(graph);
  return {
    graph,
    ctx,
    b: after(catchUp, b),
    type: (id) => graph.types[id]!,
    producer: (id) => producers().get(id),
    weight: (id) => weights().get(id)?.weight,
    literal: (id) => {
      const producer = id === null || id === undefined ? undefined : producers().get(id);
      return producer?.op === 'constant' ? (producer.attrs.value as Literal) : undefined;
    },
    uses: (id) => uses().get(id) ?? 0,
    readers: (id) => readers().get(id) ?? [],
    value: (id) => {
      catchUp();
      return current(now, id);
    },
    op: (name) => opNamed(ctx, name),
  };
}

/** A builder that calls `first` before each of its methods. */
function after(first: () => void, b: Builder): Builder {
  const methods = Object.entries(b).map(([name, method]: [string, (...args: unknown[]) => unknown]) => [
    name,
    (...args: unknown[]) => {
      first();
      return method(...args);
    },
  ]);
  return Object.fromEntries(methods) as Builder;
}

/** The match of a node. Its fields are listed one by one, because an object spread is many times slower in V8. */
function matchOf(
  { graph, ctx, b, type, producer, weight, literal, uses, readers, value, op }: Common,
  node: Node,
  ins: Node['ins'],
  { mates, known }: ReplayedRegion,
): Match {
  const match: Match = {
    node,
    ins,
    mates,
    once: <T>(make: (match: Match) => T): T => {
      if (!known.has(make)) known.set(make, make(match));
      return known.get(make) as T;
    },
    miss: (reason, met = 0, at = node) => ({ reason, node: at, met }),
    graph,
    ctx,
    b,
    type,
    producer,
    weight,
    literal,
    uses,
    readers,
    value,
    op,
  };
  return match;
}

/** Copies a node with the new values of its inputs. The types stay the same, because rules never change a type. */
function copied(run: Replay, node: Node): readonly Value[] {
  const { b, graph } = run;
  const op = opNamed(run.ctx, node.op);
  const ins = node.ins.map((id) => (id === null ? null : current(run.now, id)));
  const types = node.outs.map((id) => graph.types[id]!);
  const { region } = node;
  if (!region) return b.node(op, ins, node.attrs, types);
  const paramTypes = region.params.map((id) => graph.types[id]!);
  const body = b.region(paramTypes, (params) => {
    for (const [i, id] of region.params.entries()) run.now.set(id, params[i]!);
    replayNodes(run, region.nodes);
    catchUp(run);
    return region.outputs.map((id) => current(run.now, id));
  });
  return b.node(op, ins, node.attrs, types, body);
}
