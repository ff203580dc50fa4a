/**
 * Makes one GEMM of Q, K and V: linears that read the same x become one linear and slices of its result. The
 * weight of this linear is a `concat` of the old weights, one below the other. The `concat` is never computed at
 * run time: the emitter writes it as a single initializer, streamed from its parts.
 *
 * This is not always faster, because a slice copies. With many rows each separate GEMM is at full speed, and the
 * copies cost more than the saved calls. So each target has a maximum number of rows for joining
 * (docs/decisions/0002-one-gemm-for-qkv.md). The pass refuses weights with other readers: a shared embedding
 * would be written twice.
 */

import type { Origin, Value } from '../compiler/ir/build.ts';
import { type Dim, mul } from '../compiler/ir/dim.ts';
import type { Literal, Node, ValueId } from '../compiler/ir/graph.ts';
import { sharedPlace, sharedScope } from '../compiler/ir/place.ts';
import { concat, slice } from '../compiler/ops/pieces.ts';
import type { Pass, Target } from './pass.ts';
import { isMiss, type Match, type Miss, type Rule, rewrite } from './rewrite.ts';

/** The maximum number of rows of x per batch item for joining. Infinity allows any number, even an unknown one. */
export type Policy = Readonly<Record<Target, number>>;

/** The number is measured on the CPU; the other targets use the same one until they are measured. */
const MOST_ROWS: Policy = { cpu: 1, cuda: 1, webgpu: 1, portable: 1 };

/** A weight times a number, as `fold_scale` leaves it. */
interface Scaled {
  readonly weight: ValueId;
  readonly factor: Literal;
}

function scaledWeight(match: Match, id: ValueId): Scaled | undefined {
  const node = match.producer(id);
  if (node?.op !== 'mul') return undefined;
  const [weight, number] = match.weight(node.ins[0]!) ? node.ins : [node.ins[1], node.ins[0]];
  const factor = match.literal(number);
  return match.weight(weight!) && factor?.shape.length === 0 ? { weight: weight!, factor } : undefined;
}

/** The weights that a value consists of, one below the other; undefined if the value consists of anything else. */
function weightsIn(match: Match, id: ValueId): readonly ValueId[] | undefined {
  if (match.weight(id) || scaledWeight(match, id)) return [id];
  const node = match.producer(id);
  if (node?.op !== 'concat' || node.attrs.axis !== 0) return undefined;
  const parts = node.ins.map((part) => weightsIn(match, part!));
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

/** A linear that may be joined with others: its weight and bias consist of weights that nothing else reads. */
interface Joinable {
  readonly node: Node;
  readonly weights: readonly ValueId[];
  readonly biases: readonly ValueId[];
  readonly out: number;
}

function joinable(match: Match, node: Node): Joinable | Miss {
  const [, weight, bias = null] = node.ins;
  const weights = weightsIn(match, weight!);
  const biases = bias === null ? [] : weightsIn(match, bias);
  if (!weights || !biases) return match.miss('its weight or bias is computed', 1, node);
  const parts = [...weights, ...biases];
  const whole = parts.flatMap((id) => scaledWeight(match, id)?.weight ?? []);
  const operands = [weight!, ...(bias === null ? [] : [bias]), ...parts, ...whole];
  if (operands.some((id) => match.uses(id) > 1)) return match.miss('a weight has other readers', 2, node);
  return { node, weights, biases, out: match.type(weight!).shape[0] as number };
}

/**
 * Linears can be joined if their keys are equal. The key is x, the dtype of the weights, and whether there is a bias.
 */
const groupKey = (match: Match, { ins }: Node): string =>
  [ins[0], match.type(ins[1]!).dtype, (ins[2] ?? null) === null].join();

/** Linears that can be joined, in order. */
interface Group {
  readonly members: Joinable[];
  /** The first column of each linear in the joined result. */
  readonly starts: Map<Node, number>;
  width: number;
  /** The joined result, once the first linear has requested it. */
  all?: Value;
}

/** The linears of this region that may be joined, by their key. */
function groupsOf(match: Match): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const mate of match.mates) {
    const one = mate.op === 'linear' ? joinable(match, mate) : undefined;
    if (!one || isMiss(one)) continue;
    const key = groupKey(match, mate);
    const group = groups.get(key) ?? { members: [], starts: new Map<Node, number>(), width: 0 };
    groups.set(key, group);
    group.members.push(one);
    group.starts.set(mate, group.width);
    group.width += one.out;
  }
  return groups;
}

/** The group of the matched linear. */
function groupOf(match: Match): Group | Miss {
  const own = joinable(match, match.node);
  if (isMiss(own)) return own;
  const group = match.once(groupsOf).get(groupKey(match, match.node))!;
  return group.members.length > 1 ? group : match.miss('no other linear reads the same x in the same way', 3);
}

/**
 * The origin of a joined node: the innermost scope and place that contain all nodes, and the source spans of all nodes.
 */
function originOf(nodes: readonly Node[]): Origin {
  const spans = nodes.flatMap((node) => node.from);
  const from = spans.filter((s, i) => spans.findIndex((t) => t.start === s.start && t.end === s.end) === i);
  const scope = sharedScope(nodes.map((node) => node.scope));
  return { scope, place: sharedPlace(nodes.map((node) => node.place)), from };
}

/**
 * A part of the joined weight. A scaled weight is built again, because in the graph the one of the last linear may come
 * after the first linear.
 */
function partOf(match: Match, id: ValueId): Value {
  const { b, op, value } = match;
  const product = scaledWeight(match, id);
  if (!product) return value(id);
  const factor = b.add(op('constant'), [], { value: product.factor });
  return b.add(op('mul'), [value(product.weight), factor]);
}

const joined = (match: Match, parts: readonly ValueId[]): Value =>
  match.b.add(
    concat,
    parts.map((id) => partOf(match, id)),
    { axis: 0 },
  );

function joinAll(match: Match, members: readonly Joinable[]): Value {
  const { b, node, op, value } = match;
  return b.at(originOf(members.map((one) => one.node)), () => {
    const biases = members.flatMap((one) => one.biases);
    const bias = biases.length > 0 ? joined(match, biases) : null;
    const weight = joined(
      match,
      members.flatMap((one) => one.weights),
    );
    return b.add(op('linear'), [value(node.ins[0]!), weight, bias]);
  });
}

/**
 * The number of rows of x per batch item. In a matrix, axis 0 is normally the batch. If it is a product such as
 * `batch*n`, all of axis 0 counts as rows.
 */
const rowsPerItem = (x: readonly Dim[]): Dim =>
  x.length === 2 && typeof x[0] === 'object' ? x[0] : mul(...x.slice(1, -1));

/** The first linear of a group builds the joined linear. Each linear of the group becomes a slice of the result. */
const joinLinears = (policy: Policy): Rule => ({
  name: 'join_linears',
  roots: ['linear'],
  apply: (match) => {
    const { b, node, ctx } = match;
    const x = match.type(node.ins[0]!).shape;
    const rows = rowsPerItem(x);
    const most = policy[ctx.target];
    if (typeof rows === 'number' ? rows > most : Number.isFinite(most))
      return match.miss(`with so many rows, one GEMM is not faster on ${ctx.target}`);
    const group = groupOf(match);
    if (isMiss(group)) return group;
    group.all ??= joinAll(match, group.members);
    const start = group.starts.get(node)!;
    const end = start + (match.type(node.outs[0]!).shape.at(-1) as number);
    return [b.add(slice, [group.all], { axis: x.length - 1, start, end })];
  },
});

export const fuseLinearsBy = (policy: Policy): Pass => ({
  name: 'fuse_linears',
  doc: 'Joins linears that read the same x (Q, K and V) into one GEMM, if x has few rows.',
  run: (graph, ctx) => rewrite(graph, [joinLinears(policy)], ctx),
});

export const fuseLinears = fuseLinearsBy(MOST_ROWS);
