/** Rules of names and order: every value is written exactly once, before it is read, and is needed for an output. */

import type { Tensor } from '../compiler/onnx/model.ts';
import type { Facts } from './facts.ts';
import { calledFunctions } from './functions.ts';
import { addTo } from './groups.ts';
import { counted, type Finding, listed, type Rules, shown } from './rule.ts';
import { domainOf } from './schema.ts';
import { type Scope, whereNode } from './scopes.ts';
import { bytesOfTensor, sizeText } from './sizes.ts';

const BY = { input: 'an input', initializer: 'an initializer', node: 'a node' } as const;

function* lists(facts: Facts): Generator<{ where: string; what: string; name: string | undefined }> {
  for (const { where, graph, function: f } of facts.scopes) {
    for (const { name } of graph?.input ?? []) yield { where, what: 'an input', name };
    for (const { name } of graph?.output ?? []) yield { where, what: 'an output', name };
    for (const { name } of graph?.initializer ?? []) yield { where, what: 'an initializer', name };
    for (const name of f?.input ?? []) yield { where, what: 'an input', name };
    for (const name of f?.output ?? []) yield { where, what: 'an output', name };
  }
}

/** The initializers of a scope that nothing reads. */
function unusedIn({ graph, defined }: Scope): readonly Tensor[] {
  return (graph?.initializer ?? []).filter(({ name }) => {
    const found = name ? defined.get(name) : undefined;
    return found?.by === 'initializer' && !found.read;
  });
}

/** The nodes that no output depends on, in order. If several nodes write the same name, all of them count as needed. */
function deadIn({ nodes, reads, graph, function: f }: Scope): readonly number[] {
  const producers = new Map<string, number[]>();
  for (const [i, { output }] of nodes.entries()) for (const name of output) addTo(producers, name, i);
  const live = new Set<number>();
  const require = (name: string): void => {
    for (const node of producers.get(name) ?? []) {
      if (live.has(node)) continue;
      live.add(node);
      work.push(node);
    }
    producers.delete(name);
  };
  const work: number[] = [];
  for (const name of graph?.output.map((o) => o.name ?? '') ?? f?.output ?? []) require(name);
  for (let node = work.pop(); node !== undefined; node = work.pop())
    for (const name of reads[node] ?? []) require(name);
  return nodes.flatMap((_, i) => (live.has(i) ? [] : [i]));
}

/** Creates a function that returns whether two nodes of a scope are in the same cycle. */
function cycleFinder(): (scope: Scope, a: number, b: number) => boolean {
  const known = new Map<Scope, ReadonlyMap<number, number>>();
  return (scope, a, b) => {
    const of =
      known.get(scope) ??
      new Map(scope.cycles.flatMap((cycle, i) => cycle.map((node): [number, number] => [node, i])));
    known.set(scope, of);
    return of.has(a) && of.get(a) === of.get(b);
  };
}

export const NAMES: Rules = {
  D610: {
    title: 'a value is written twice',
    cause:
      'ONNX graphs are in static single assignment form: each name is defined once, as an input, an initializer or an output of one node. Two inputs or initializers with the same name break this too.',
    advice: 'rename one of the two, and adjust the nodes that read it',
    *find({ trouble }) {
      for (const { scope, node, name, first } of trouble.twice) {
        const by = first.by === 'node' ? `node ${first.node}` : BY[first.by];
        yield { message: `'${shown(name)}' is written twice, first by ${by}`, where: whereNode(scope, node) };
      }
    },
  },
  D611: {
    title: 'a value that nothing defines',
    cause:
      'A node reads a name that is not an input, an initializer or the output of a node, in its own graph or in an enclosing one.',
    advice: 'correct the name, or add the node that should produce the value',
    *find({ trouble }) {
      for (const { scope, node, name } of trouble.undefined)
        yield { message: `'${shown(name)}' is read, but nothing defines it`, where: whereNode(scope, node) };
    },
  },
  D612: {
    title: 'a value is read before it is written',
    cause:
      'The nodes of a graph must be listed in an order in which they can run: a node comes after all nodes whose outputs it reads.',
    advice: 'sort the nodes topologically',
    *find({ trouble }) {
      const sameCycle = cycleFinder();
      for (const { scope, node, name, producer } of trouble.early) {
        if (sameCycle(scope, node, producer)) continue;
        yield {
          message: `'${shown(name)}' is read here but written only later, by ${whereNode({ ...scope, where: '' }, producer).slice(2)}`,
          where: whereNode(scope, node),
        };
      }
    },
  },
  D613: {
    title: 'nodes that depend on each other',
    cause: 'A graph must not have a cycle, in which each node would have to run before the others.',
    advice: 'use a `Loop` for repetition',
    *find({ scopes }) {
      for (const scope of scopes) {
        for (const cycle of scope.cycles) {
          const names = cycle.map((i) => scope.nodes[i]?.name || `node ${i}`);
          const message =
            cycle.length === 1
              ? 'a node reads its own output'
              : `${cycle.length} nodes depend on each other: ${listed(names)}`;
          yield { message, where: whereNode(scope, cycle[0]!) };
        }
      }
    },
  },
  D614: {
    title: 'an output that nothing produces',
    cause:
      'An output of the graph, of a body or of a function must be defined inside it. A body cannot directly return a value that is defined outside it.',
    advice: 'correct the name, or add an `Identity` that produces it',
    *find({ trouble }) {
      for (const { scope, name, outer } of trouble.unproduced) {
        const why = outer
          ? 'comes from outside the body, not from a node in it'
          : 'is not produced by any node';
        yield { message: `the output '${shown(name)}' ${why}`, where: scope.where };
      }
    },
  },
  D615: {
    title: 'an empty name',
    cause: 'Inputs, outputs and initializers are identified by their names. Only a node may have no name.',
    advice: 'give it a name',
    *find(facts) {
      for (const { where, what, name } of lists(facts)) {
        if (!name) yield { message: `${what} has no name`, where };
      }
    },
  },
  D616: {
    title: 'several nodes with the same name',
    cause:
      'ONNX Runtime refuses a graph, a body or a called function in which two nodes have the same name. Nodes without a name, and nodes in different bodies, are no problem. `Constant` nodes do not count as nodes there, so this is only a warning if at most one of the nodes is not a `Constant`.',
    advice: 'rename one of them, or remove the names',
    *find(facts) {
      const called = calledFunctions(facts);
      for (const { nodes, where, root } of facts.scopes) {
        const counts = new Map<string, { all: number; kept: number }>();
        for (const { name, opType, domain } of nodes) {
          if (!name) continue;
          const count = counts.get(name) ?? { all: 0, kept: 0 };
          counts.set(name, count);
          count.all++;
          if (opType !== 'Constant' || domainOf(domain) !== '') count.kept++;
        }
        const listedAs = (which: (count: { all: number; kept: number }) => boolean): string =>
          listed([...counts].filter(([, count]) => count.all > 1 && which(count)).map(([name]) => name));
        const runs = root === '' || called.has(root);
        const refused = listedAs(({ kept }) => runs && kept > 1);
        const unclear = listedAs(({ kept }) => !runs || kept < 2);
        if (refused) yield { message: `several nodes are called ${refused}`, where };
        if (unclear) yield { message: `several nodes are called ${unclear}`, where, severity: 'warning' };
      }
    },
  },
  D617: {
    title: 'weights that nothing reads',
    severity: 'warning',
    cause:
      'The file, or its data file, contains tensors that no node reads. They waste space and loading time.',
    advice: 'remove them, or connect them to the nodes that should read them',
    *find({ scopes }) {
      for (const scope of scopes) {
        const unused = unusedIn(scope);
        if (unused.length === 0) continue;
        const bytes = unused.reduce((sum, tensor) => sum + (bytesOfTensor(tensor) ?? 0), 0);
        const names = listed(unused.map(({ name }) => name ?? ''));
        yield {
          message: `nothing reads ${counted(unused.length, 'initializer')} (${sizeText(bytes)}): ${names}`,
          where: scope.where,
        };
      }
    },
  },
  D618: {
    title: 'nodes that no output depends on',
    severity: 'warning',
    cause: 'No output depends on these nodes. A runtime removes them, or runs them needlessly.',
    advice: 'remove them, or make their results outputs',
    *find({ scopes }): Generator<Finding> {
      for (const scope of scopes) {
        const dead = deadIn(scope);
        if (dead.length === 0) continue;
        const names = listed(
          dead.map((i) => scope.nodes[i]!.name || `node ${i} (${scope.nodes[i]!.opType})`),
        );
        yield {
          message: `no output depends on ${counted(dead.length, 'node')}: ${names}`,
          where: scope.where,
        };
      }
    },
  },
  D619: {
    title: 'a value in a body with the name of an outer value',
    cause:
      'A body of `If`, `Loop` or `Scan` can read the values that the enclosing graphs define before it. No value in the body may have the name of such a value.',
    advice: 'rename the value in the body',
    *find({ trouble }) {
      for (const { scope, node, name, outer } of trouble.shadowing) {
        yield {
          message: `'${shown(name)}' is already a value of ${outer.where}`,
          where: whereNode(scope, node),
        };
      }
    },
  },
};
