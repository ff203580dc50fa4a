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
  type Node,
  type Region,
  sameType,
  type TensorType,
  typeText,
} from '../compiler/ir/graph.ts';
import { type Op, require } from '../compiler/ir/op.ts';
import { DiagnosticError } from '../dsl/diagnostics.ts';
import { passProblem } from './codes.ts';
import type { Rule } from './match.ts';
import {
  type Common,
  commonOf,
  current,
  matchOf,
  type NewValues,
  opNamed,
  type ReplayedRegion,
} from './matching.ts';
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

/** A region whose nodes are tried. */
interface TriedRegion {
  readonly node: Node;
  /** The index in `waiting` of its first node. */
  start: number;
  /** Whether the builder has opened it, because one of its nodes was copied or replaced. */
  opened: boolean;
}

interface Replay {
  readonly graph: Graph;
  readonly ctx: PassContext;
  readonly b: Builder;
  readonly now: NewValues;
  readonly rulesFor: RulesFor;
  readonly common: Common;
  /**
   * Nodes that stay as they are. They are copied only when a rule requests a value or builds one: in most iterations of
   * most passes there is nothing to do, and then nothing is copied.
   */
  readonly waiting: Node[];
  /** The regions that contain the node whose rules are tried, innermost last. */
  readonly regions: TriedRegion[];
  /** The rules that fired, in order. */
  readonly firing: string[];
}

function replay(graph: Graph, rulesFor: RulesFor, ctx: PassContext): Replay {
  const b = createBuilder(graph.name);
  const now: NewValues = new Map();
  const waiting: Node[] = [];
  const common = commonOf(graph, ctx, b, now, () => catchUp(run));
  const run: Replay = { graph, ctx, b, now, rulesFor, common, waiting, regions: [], firing: [] };
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
    else if (node.region) replayRegion(run, node, node.region);
    else run.waiting.push(node);
  }
}

/** Tries the rules in a region. If none of them needs a value there, the whole node waits. */
function replayRegion(run: Replay, node: Node, region: Region): void {
  const tried: TriedRegion = { node, start: run.waiting.length, opened: false };
  run.regions.push(tried);
  replayNodes(run, region.nodes);
  if (tried.opened) catchUp(run);
  run.regions.pop();
  if (tried.opened) {
    settle(
      run,
      node,
      run.b.at(node, () => closed(run, node, region)),
    );
    return;
  }
  run.waiting.length = tried.start;
  run.waiting.push(node);
}

/** Copies the waiting nodes, and opens the regions that they are in. */
function catchUp(run: Replay): void {
  const nodes = run.waiting.splice(0);
  let done = 0;
  for (const region of run.regions) {
    if (region.opened) continue;
    copyAll(run, nodes.slice(done, region.start));
    done = region.start;
    region.opened = true;
    region.start = 0;
    open(run, region.node.region!);
  }
  copyAll(run, done === 0 ? nodes : nodes.slice(done));
}

function copyAll(run: Replay, nodes: readonly Node[]): void {
  for (const node of nodes)
    settle(
      run,
      node,
      run.b.at(node, () => copied(run, node)),
    );
}

function settle({ now }: Replay, { outs }: Node, values: readonly Value[]): void {
  for (const [i, id] of outs.entries()) now.set(id, values[i]!);
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

/** Begins a region with new parameters. */
function open({ b, graph, now }: Replay, { params }: Region): void {
  const values = b.openRegion(params.map((id) => graph.types[id]!));
  for (const [i, id] of params.entries()) now.set(id, values[i]!);
}

/** Ends the region that was opened last, and adds its node. */
function closed({ b, ctx, graph, now }: Replay, node: Node, { outputs }: Region): readonly Value[] {
  const body = b.closeRegion(outputs.map((id) => current(now, id)));
  const ins = node.ins.map((id) => (id === null ? null : current(now, id)));
  const types = node.outs.map((id) => graph.types[id]!);
  return b.node(opNamed(ctx, node.op), ins, node.attrs, types, body);
}

/** Copies a node with the new values of its inputs. The types stay the same, because rules never change a type. */
function copied(run: Replay, node: Node): readonly Value[] {
  const { region } = node;
  if (region) {
    open(run, region);
    copyAll(run, region.nodes);
    return closed(run, node, region);
  }
  const { b, ctx, graph, now } = run;
  const ins = node.ins.map((id) => (id === null ? null : current(now, id)));
  const types = node.outs.map((id) => graph.types[id]!);
  return b.node(opNamed(ctx, node.op), ins, node.attrs, types);
}
