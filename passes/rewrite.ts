/**
 * The rewriting driver: replays a graph through a `Builder` in its own order, regions included, and
 * lets rules put values in the place of a node's outputs. Equal expressions then become one (the
 * builder shares them) and what nobody reads is gone when it is done. Repeats until no rule fires.
 *
 * Rules look at the graph as it was before the round: producers and use counts are exact there, and
 * `value` gives what became of a value. A rule says what it would need to fire (`Miss`) rather than
 * just declining. It refuses what no rule may do: change a type, or go on for ever.
 */
import { type Builder, createBuilder, type Value } from '../compiler/ir/build.ts';
import {
  allNodes,
  type Graph,
  type Literal,
  type Node,
  type Param,
  sameType,
  type TensorType,
  typeText,
  useCounts,
  type ValueId,
} from '../compiler/ir/graph.ts';
import { type Op, require } from '../compiler/ir/op.ts';
import type { WeightSpec } from '../compiler/weights.ts';
import { DiagnosticError } from '../dsl/diagnostics.ts';
import { passProblem } from './codes.ts';
import type { PassContext } from './pass.ts';
import { isMiss, type Miss } from './trace.ts';

export { isMiss, type Miss } from './trace.ts';

export interface Rule {
  /** `verb_noun`, unique within its pass. */
  readonly name: string;
  /** Ops at which it may fire; absent: all of them. */
  readonly roots?: readonly string[];
  /** The values to take the place of the node's outputs, or why not. */
  readonly apply: (match: Match) => readonly Value[] | Miss;
}

/** A node under consideration. Ids are those of the graph before this round. */
export interface Match {
  readonly node: Node;
  /** Its inputs; those of a commutative op come in both orders, one after the other. */
  readonly ins: Node['ins'];
  /** All nodes of the graph or region that holds it, in order. */
  readonly mates: readonly Node[];
  readonly graph: Graph;
  readonly ctx: PassContext;
  /** Where replacements are built; they take over the node's place in the model. */
  readonly b: Builder;
  type(id: ValueId): TensorType;
  /** The node that computes a value; none for an input, a weight or a region's parameter. */
  producer(id: ValueId): Node | undefined;
  weight(id: ValueId): WeightSpec | undefined;
  literal(id: ValueId | null | undefined): Literal | undefined;
  /** How often it is read, as an output of the graph too. */
  uses(id: ValueId): number;
  /** What became of a value defined before this node. */
  value(id: ValueId): Value;
  op(name: string): Op;
  miss(reason: string, met?: number, node?: Node): Miss;
}

/**
 * The producer of a value that is to vanish with the matched node. Refuses one that would have to be
 * computed all the same, for another reader or as an output of the graph.
 */
export function interior(match: Match, id: ValueId | null | undefined, met = 0): Node | Miss {
  const node = id === null || id === undefined ? undefined : match.producer(id);
  if (!node) return match.miss('it is not computed by a node', met);
  const shared = node.outs.some((out) => match.uses(out) > Number(out === id));
  return shared ? match.miss('the value inside has other readers or is an output', met, node) : node;
}

/** Far more rounds than rules that make progress need: each round lets every rule fire everywhere. */
const MOST_ROUNDS = 64;

export function rewrite(graph: Graph, rules: readonly Rule[], ctx: PassContext): Graph {
  let current = graph;
  let firing: readonly string[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const done = replay(current, rules, ctx);
    if (done.firing.length === 0) return current;
    ({ graph: current, firing } = done);
  }
  const names = [...new Set(firing)].join(', ');
  throw new DiagnosticError(
    passProblem('D322', `rewriting does not settle: after ${MOST_ROUNDS} rounds still firing: ${names}`),
  );
}

/** Facts about one graph that every match in it shares. */
interface Facts {
  readonly producers: ReadonlyMap<ValueId, Node>;
  readonly weights: ReadonlyMap<ValueId, Param>;
  readonly uses: ReadonlyMap<ValueId, number>;
}

function factsOf(graph: Graph): Facts {
  const producers = new Map<ValueId, Node>();
  for (const node of allNodes(graph.nodes)) for (const id of node.outs) producers.set(id, node);
  return { producers, weights: new Map(graph.params.map((p) => [p.id, p])), uses: useCounts(graph) };
}

interface Replay {
  readonly graph: Graph;
  readonly ctx: PassContext;
  readonly facts: Facts;
  readonly b: Builder;
  /** What each value of the old graph became. */
  readonly now: Map<ValueId, Value>;
  readonly rulesFor: (op: string) => readonly Rule[];
  /** Rules that fired, in order. */
  readonly firing: string[];
}

function replay(graph: Graph, rules: readonly Rule[], ctx: PassContext): { graph: Graph; firing: string[] } {
  const b = createBuilder(graph.name);
  const run: Replay = {
    ...{ graph, ctx, b },
    facts: factsOf(graph),
    now: new Map(),
    rulesFor: (op) => rules.filter(({ roots }) => roots?.includes(op) ?? true),
    firing: [],
  };
  for (const { name, id } of graph.inputs) run.now.set(id, b.input(name, graph.types[id]!));
  for (const { id, weight } of graph.params) run.now.set(id, b.param(weight, graph.types[id]!));
  replayNodes(run, graph.nodes);
  for (const { name, id } of graph.outputs) b.output(name, current(run, id));
  return { graph: b.done(), firing: run.firing };
}

function replayNodes(run: Replay, nodes: readonly Node[]): void {
  for (const node of nodes) {
    const values = run.b.at(node, () => replaced(run, node, nodes) ?? copied(run, node));
    for (const [i, id] of node.outs.entries()) run.now.set(id, values[i]!);
  }
}

function current({ now }: Replay, id: ValueId): Value {
  const value = now.get(id);
  require(value !== undefined, () => `%${id} is not computed yet`);
  return value;
}

function opNamed({ ops }: PassContext, name: string): Op {
  const op = Object.hasOwn(ops, name) ? ops[name] : undefined;
  require(op !== undefined, () => `there is no op '${name}'`);
  return op;
}

/** What the first rule that fires puts in the node's place. */
function replaced(run: Replay, node: Node, mates: readonly Node[]): readonly Value[] | undefined {
  const { trace } = run.ctx;
  for (const rule of run.rulesFor(node.op)) {
    for (const ins of ordersOf(opNamed(run.ctx, node.op), node)) {
      const result = rule.apply(matchOf(run, node, ins, mates));
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

function matchOf(run: Replay, node: Node, ins: Node['ins'], mates: readonly Node[]): Match {
  const { graph, ctx, facts, b } = run;
  return {
    ...{ node, ins, mates, graph, ctx, b },
    type: (id) => graph.types[id]!,
    producer: (id) => facts.producers.get(id),
    weight: (id) => facts.weights.get(id)?.weight,
    literal: (id) => {
      const producer = id === null || id === undefined ? undefined : facts.producers.get(id);
      return producer?.op === 'constant' ? (producer.attrs.value as Literal) : undefined;
    },
    uses: (id) => facts.uses.get(id) ?? 0,
    value: (id) => current(run, id),
    op: (name) => opNamed(ctx, name),
    miss: (reason, met = 0, at = node) => ({ reason, node: at, met }),
  };
}

/** The node as it was, of values as they are now. Its types stay: rules never change one. */
function copied(run: Replay, node: Node): readonly Value[] {
  const { b, graph } = run;
  const op = opNamed(run.ctx, node.op);
  const ins = node.ins.map((id) => (id === null ? null : current(run, id)));
  const types = node.outs.map((id) => graph.types[id]!);
  const { region } = node;
  if (!region) return b.node(op, ins, node.attrs, types);
  const paramTypes = region.params.map((id) => graph.types[id]!);
  const body = b.region(paramTypes, (params) => {
    for (const [i, id] of region.params.entries()) run.now.set(id, params[i]!);
    replayNodes(run, region.nodes);
    return region.outputs.map((id) => current(run, id));
  });
  return b.node(op, ins, node.attrs, types, body);
}
