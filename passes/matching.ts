/** What the rules of a pass see at a node (`Match`). */
import type { Builder, Value } from '../compiler/ir/build.ts';
import type { Graph, Literal, Node, ValueId } from '../compiler/ir/graph.ts';
import { type Op, require } from '../compiler/ir/op.ts';
import { factsOf } from './facts.ts';
import type { Match } from './match.ts';
import type { PassContext } from './pass.ts';

/** The part of a match that is the same for all nodes in an iteration. */
export type Common = Omit<Match, 'node' | 'ins' | 'mates' | 'once' | 'miss'>;

/** The graph or region whose nodes are replayed, and the results of `once` in it. */
export interface ReplayedRegion {
  readonly mates: readonly Node[];
  readonly known: Map<unknown, unknown>;
}

/** The new value for each value of the old graph. */
export type NewValues = Map<ValueId, Value>;

export function current(now: NewValues, id: ValueId): Value {
  const value = now.get(id);
  require(value !== undefined, () => `%${id} is not computed yet`);
  return value;
}

export function opNamed({ ops }: PassContext, name: string): Op {
  const op = Object.hasOwn(ops, name) ? ops[name] : undefined;
  require(op !== undefined, () => `there is no op '${name}'`);
  return op;
}

export function commonOf(
  graph: Graph,
  ctx: PassContext,
  b: Builder,
  now: NewValues,
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
export function matchOf(
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
