/**
 * Moves a node out of a loop if it reads only values from outside the loop, so that it runs once per search instead
 * of once per step. A node moves out of as many nested loops as possible. It stays inside a loop if it reads an
 * iteration number, a loop-carried value, or a length that is known only in an iteration.
 *
 * A loop may run zero iterations. A moved node runs even then, so it must not be able to fail: ops that are not
 * defined for all values stay inside (an index out of range, a division by zero). A moved value is kept in memory
 * while the loop runs. So a result also stays inside if it is cheap to compute and larger than all its operands,
 * unless it is known to be small.
 */
import { type Dim, symbolIn, symbolsOf } from '../compiler/ir/dim.ts';
import {
  type Graph,
  type Node,
  readsOf,
  sameShape,
  type TensorType,
  type ValueId,
} from '../compiler/ir/graph.ts';
import { isComposite, type Op } from '../compiler/ir/op.ts';
import { sizeOf } from '../compiler/ir/tensors.ts';
import type { Pass, PassContext } from './pass.ts';
import { rebuilt } from './rewrite.ts';

/** The maximum number of elements of a cheap result that is kept in memory instead of being computed again. */
export const MOST_HELD = 1 << 20;

/** The facts that are known at the position of a loop. */
interface LoopContext {
  readonly trace?: PassContext['trace'];
  readonly types: Graph['types'];
  readonly ops: PassContext['ops'];
  /** Values from before the loop that cost nothing at run time (`isFree`): weights, constants, and results of both. */
  readonly free: ReadonlySet<ValueId>;
  /** Lengths that are known before the loop. */
  readonly symbols: ReadonlySet<string>;
}

const lengthsNamed = (types: Graph['types'], ids: readonly ValueId[]): readonly string[] =>
  ids.flatMap((id) => types[id]!.shape.flatMap((d) => symbolIn(d)?.symbol ?? []));

/** The symbols in a node's types and attributes. */
function symbolsIn({ outs, attrs, op }: Node, { types, ops }: LoopContext): readonly string[] {
  const shapes = outs.flatMap((id) => types[id]!.shape);
  const dims = Object.entries(attrs).flatMap(([name, value]): readonly Dim[] => {
    const kind = ops[op]!.attrs[name]?.kind;
    if (kind === 'dims') return value as readonly Dim[];
    return kind === 'dim' ? [value as Dim] : [];
  });
  return [...shapes, ...dims].flatMap(symbolsOf).filter((symbol) => !symbol.startsWith('@'));
}

/** Whether a result is cheap, larger than each of its operands, and not known to be small. */
function isBulky({ op, ins, outs }: Node, { ops, types }: LoopContext): boolean {
  if (!ops[op]!.cheap) return false;
  const { shape }: TensorType = types[outs[0]!]!;
  if (ins.some((id) => id !== null && sameShape(types[id]!.shape, shape))) return false;
  const known = shape.every((d) => typeof d === 'number');
  return !known || sizeOf(shape as readonly number[]) > MOST_HELD;
}

/** Whether an op must stay in its loop: it names a length, it may fail, or it gives new values in each iteration. */
const staysPut = ({ namesLengths, partial, pure }: Op): boolean =>
  namesLengths === true || partial === true || pure === false;

const mayMove = (node: Node, inside: ReadonlySet<ValueId>, context: LoopContext): boolean =>
  !node.region &&
  !staysPut(context.ops[node.op]!) &&
  readsOf(node).every((id) => !inside.has(id)) &&
  symbolsIn(node, context).every((symbol) => context.symbols.has(symbol)) &&
  !isBulky(node, context);

/** Whether a node costs nothing at run time: it is a constant, or the artifact contains its result as a weight. */
function isFree({ op, ins }: Node, free: ReadonlySet<ValueId>, { ops }: LoopContext): boolean {
  if (op === 'constant') return true;
  const rule = ops[op]!;
  if (isComposite(rule) || !rule.onWeights || ins.length === 0) return false;
  return ins.every((id) => id === null || free.has(id));
}

/** The nodes of a region that may move before its loop. Nodes that cost nothing move only if a moved node reads them. */
function movable(
  nodes: readonly Node[],
  params: readonly ValueId[],
  context: LoopContext,
): ReadonlySet<Node> {
  const inside = new Set<ValueId>(params);
  const [fit, free]: [Node[], Set<ValueId>] = [[], new Set(context.free)];
  for (const node of nodes) {
    if (isFree(node, free, context)) for (const id of node.outs) free.add(id);
    if (mayMove(node, inside, context)) fit.push(node);
    else for (const id of node.outs) inside.add(id);
  }
  const [moved, read] = [new Set<Node>(), new Set<ValueId>()];
  for (const node of fit.reverse()) {
    if (node.outs.every((id) => free.has(id) && !read.has(id))) continue;
    moved.add(node);
    for (const id of readsOf(node)) read.add(id);
  }
  return new Set([...moved].reverse());
}

/** Returns the nodes, with each movable node before its loop; the same list if no node can move. */
function hoisted(nodes: readonly Node[], context: LoopContext): readonly Node[] {
  const [symbols, free] = [new Set(context.symbols), new Set(context.free)];
  const here: LoopContext = { ...context, symbols, free };
  const result = nodes.flatMap((node) => {
    if (isFree(node, free, here)) for (const id of node.outs) free.add(id);
    const moved = node.region ? leaving(node, here) : [node];
    if (context.ops[node.op]!.namesLengths)
      for (const symbol of lengthsNamed(context.types, node.outs)) symbols.add(symbol);
    return moved;
  });
  const same = result.length === nodes.length && result.every((node, i) => node === nodes[i]);
  return same ? nodes : result;
}

/** The nodes that leave a loop, followed by the loop without them. */
function leaving(node: Node, context: LoopContext): readonly Node[] {
  const region = node.region!;
  const symbols = new Set([...context.symbols, ...lengthsNamed(context.types, region.params)]);
  const inner = hoisted(region.nodes, { ...context, symbols });
  const moved = movable(inner, region.params, context);
  if (moved.size === 0 && inner === region.nodes) return [node];
  for (const _ of moved) context.trace?.fired('hoist_node');
  const kept = inner.filter((one) => !moved.has(one));
  return [...moved, { ...node, region: { ...region, nodes: kept } }];
}

export const hoistInvariants: Pass = {
  name: 'hoist_invariants',
  doc: 'Moves nodes that read only values from outside a loop to a position before the loop, so that they run once.',
  run: (graph, ctx) => {
    const symbols = new Set(
      lengthsNamed(
        graph.types,
        graph.inputs.map(({ id }) => id),
      ),
    );
    const free = new Set(graph.params.map(({ id }) => id));
    const { types } = graph;
    const nodes = hoisted(graph.nodes, { ...ctx, types, symbols, free });
    return nodes === graph.nodes ? graph : rebuilt({ ...graph, nodes }, ctx);
  },
};
