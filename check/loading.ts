/**
 * What a model demands of a runtime that loads it. A runtime replaces each call of a function by the body of the
 * function, and runs loops without a limit. A small file can therefore crash a runtime, occupy it for years, or fill its
 * memory. `benben check` reports such a file, and no command of Benben gives it to ONNX Runtime.
 */
import type { Model, Node, Tensor } from '../compiler/onnx/model.ts';
import { addTo } from './groups.ts';
import { functionKey } from './keys.ts';
import { endlessTrips, type Surroundings, surroundingsOf } from './loops.ts';
import { type Finding, type Rules, shown } from './rule.ts';
import { graphsOf } from './scopes.ts';

/** What the graph or one function demands, with all calls replaced by bodies. */
interface Demand {
  /** The largest number of calls and bodies that lie inside each other. */
  readonly depth: number;
  readonly calls: number;
  readonly nodes: number;
  /** The bytes of constants in functions, counted once for each call. */
  readonly bytes: number;
  /** The largest number of iterations of a loop that are certain, including the iterations of loops around it. */
  readonly iterations: number;
}

interface Limit {
  readonly most: number;
  /** What is limited. It completes the sentence "the model has … `what`". */
  readonly what: string;
}

/** The limits. The reason for each number is measured with ONNX Runtime 1.30. */
export const LOADING_LIMITS: { readonly [D in keyof Demand]: Limit } = {
  // About 1,500 levels overflow the stack of the thread that loads the model.
  depth: { most: 100, what: 'levels of bodies and calls of functions inside each other' },
  // The time of loading grows with the square of the calls; 32,000 calls take 20 seconds.
  calls: { most: 50_000, what: 'calls of functions, when the body of a function counts once for each call' },
  // A hundred thousand nodes take 20 seconds.
  nodes: { most: 250_000, what: 'nodes, when the body of a function counts once for each call' },
  bytes: {
    most: 2 ** 31,
    what: 'bytes of constants in functions, when the body of a function counts once for each call',
  },
  // The longest sequence that Benben's language allows has as many elements.
  iterations: { most: 2 ** 24, what: 'iterations of a loop that nothing ends earlier' },
};

/** A call in a function or in the graph. */
interface CallSite {
  readonly callee: string;
  /** The bodies around the call, and the certain iterations of the loops among them. */
  readonly depth: number;
  readonly times: number;
}

type Own = { -readonly [D in Exclude<keyof Demand, 'calls'>]: Demand[D] } & { readonly sites: CallSite[] };

const bytesIn = ({ rawData, ...t }: Tensor): number =>
  [t.floatData, t.int32Data, t.int64Data, t.doubleData, t.uint64Data].reduce(
    (sum, sizes) => sum + 8 * (sizes?.count ?? 0),
    rawData?.length ?? 0,
  );

/** What a list of nodes demands without the functions that it calls. */
function ownOf(all: readonly Node[], functions: ReadonlySet<string>, tensors: readonly Tensor[] = []): Own {
  const own: Own = { depth: 0, nodes: 0, bytes: 0, iterations: 0, sites: [] };
  const visit = (nodes: readonly Node[], around: Surroundings, depth: number, times: number): void => {
    own.depth = Math.max(own.depth, depth);
    own.nodes += nodes.length;
    for (const node of nodes) {
      const callee = functionKey(node.domain, node.opType, node.overload);
      if (functions.has(callee)) own.sites.push({ callee, depth, times });
      const trips = endlessTrips(node, around);
      const inside = times * Math.max(trips ?? 1, 1);
      if (trips !== undefined) own.iterations = Math.max(own.iterations, inside);
      for (const attribute of node.attribute) {
        if (attribute.t) own.bytes += bytesIn(attribute.t);
        for (const graph of graphsOf(attribute)) {
          for (const tensor of graph.initializer) own.bytes += bytesIn(tensor);
          const inner = surroundingsOf(graph.node, graph.initializer, around);
          visit(graph.node, inner, depth + 1, inside);
        }
      }
    }
  };
  visit(all, surroundingsOf(all, tensors), 0, 1);
  return own;
}

/** The roots in an order in which each comes after the functions that it calls. Endless calls are left out. */
function calleesFirst(roots: ReadonlyMap<string, Own>): readonly string[] {
  const callers = new Map<string, string[]>();
  const open = new Map<string, number>();
  for (const [root, { sites }] of roots) {
    const called = new Set(sites.map(({ callee }) => callee));
    open.set(root, called.size);
    for (const callee of called) addTo(callers, callee, root);
  }
  const order = [...roots.keys()].filter((root) => open.get(root) === 0);
  for (const done of order) {
    for (const caller of callers.get(done) ?? []) {
      const left = open.get(caller)! - 1;
      open.set(caller, left);
      if (left === 0) order.push(caller);
    }
  }
  return order;
}

/** What the model demands; undefined if a function that the graph needs calls itself (D621). */
export function demandOf({ graph, functions }: Model): Demand | undefined {
  const keys = new Set(functions.map((f) => functionKey(f.domain, f.name, f.overload)));
  const roots = new Map<string, Own>();
  // If functions have the same key, the first one counts; D620 reports the others.
  for (const f of [...functions].reverse())
    roots.set(functionKey(f.domain, f.name, f.overload), ownOf(f.node, keys));
  const main = ownOf(graph?.node ?? [], keys, graph?.initializer);
  // The constants of the graph itself are not copied.
  roots.set('', { ...main, bytes: 0 });
  const demands = new Map<string, Demand>();
  for (const root of calleesFirst(roots)) {
    const { depth, nodes, bytes, iterations, sites } = roots.get(root)!;
    const sum = { depth, nodes, bytes, iterations, calls: 0 };
    for (const site of sites) {
      const inside = demands.get(site.callee)!;
      sum.depth = Math.max(sum.depth, site.depth + 1 + inside.depth);
      sum.calls += 1 + inside.calls;
      sum.nodes += inside.nodes - 1;
      sum.bytes += inside.bytes;
      sum.iterations = Math.max(sum.iterations, site.times * inside.iterations);
    }
    demands.set(root, sum);
  }
  return demands.get('');
}

const numberText = (value: number): string => {
  if (value === Number.POSITIVE_INFINITY) return 'endlessly many';
  return value < 1e15 ? value.toLocaleString('en-US') : 'more than 10^15';
};

/** A message for each limit that the model exceeds. */
export function beyondLimits(model: Model): readonly string[] {
  const demand = demandOf(model);
  if (!demand)
    return ['the graph needs a function that calls itself, so the replacement of calls by bodies never ends'];
  return Object.entries(LOADING_LIMITS).flatMap(([name, { most, what }]) => {
    const value = demand[name as keyof Demand];
    return value > most
      ? [`the model has ${numberText(value)} ${what}; the limit is ${numberText(most)}`]
      : [];
  });
}

export const LOADING: Rules = {
  D665: {
    title: 'more than a runtime can load or run',
    cause: `A runtime replaces each call of a function by the body of the function, and runs loops without a limit. This file would crash it, occupy it for hours or fill its memory. The limits are: ${Object.values(
      LOADING_LIMITS,
    )
      .map(({ most, what }) => `${numberText(most)} ${what}`)
      .join('; ')}.`,
    advice:
      'export the model again, with fewer functions inside each other; a file like this may have been made to do harm',
    *find({ model }): Generator<Finding> {
      // D621 reports functions that call themselves.
      if (!demandOf(model)) return;
      for (const message of beyondLimits(model))
        yield { message, where: `graph '${shown(model.graph?.name)}'` };
    },
  },
};
