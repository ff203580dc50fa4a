/** Pairs the nodes of two lists, by their contents and their positions. */
import { align, type Match } from '../../dsl/align.ts';
import type { Operation, Scope } from './scope.ts';

/** `alike`: equal, except for the input values. `moved`: alike, but at another position. `changed`: any other change. */
export type Likeness = 'alike' | 'moved' | 'changed';

export interface Mate {
  /** The index in the second list. */
  readonly index: number;
  readonly how: Likeness;
}

/** The contents of a node. Names of values count only if they are inputs or weights of the whole graph. */
function fineKey({ operator, attributes, input, output }: Operation, scope: Scope): string {
  const settings = [...attributes].map(([name, { text }]) => `${name}=${text}`);
  const names = input.map((name) => (scope.valueOf(name).kind === 'inner' ? '%' : name));
  return JSON.stringify([operator, settings, names, output.length]);
}

const nameKey = ({ operator, node }: Operation): string => `${operator} '${node.name ?? ''}'`;

/** The partner of each node of the first list, if it has one. */
export function pairNodes(a: Scope, b: Scope): readonly (Mate | undefined)[] {
  const fineA = a.nodes.map((one) => fineKey(one, a));
  const fineB = b.nodes.map((one) => fineKey(one, b));
  const mates: (Mate | undefined)[] = new Array(a.nodes.length).fill(undefined);
  const used = new Uint8Array(b.nodes.length);
  const take = (i: number, index: number, how: Likeness): void => {
    mates[i] = { index, how };
    used[index] = 1;
  };
  const exact = align(fineA, fineB);
  for (const [i, j] of exact) take(i, j, 'alike');
  let restA = places(a.nodes.length, (i) => !mates[i]);
  let restB = places(b.nodes.length, (j) => !used[j]);
  const gapA = gapsOf(restA, exact, 0);
  const gapB = gapsOf(restB, exact, 1);
  // A node between the same two alike pairs, with the same operator and name, counts as changed.
  const coarse = align(
    restA.map((i, k) => `${gapA[k]} ${nameKey(a.nodes[i]!)}`),
    restB.map((j, k) => `${gapB[k]} ${nameKey(b.nodes[j]!)}`),
  );
  for (const [x, y] of coarse) take(restA[x]!, restB[y]!, 'changed');
  // A node with the same contents and name at another position counts as moved.
  const waiting = new Map<string, number[]>();
  const movedKey = (fine: readonly string[], { nodes }: Scope, i: number) => fine[i]! + nameKey(nodes[i]!);
  restB = places(b.nodes.length, (j) => !used[j]);
  for (const j of restB.reverse()) {
    const key = movedKey(fineB, b, j);
    const queue = waiting.get(key);
    if (queue) queue.push(j);
    else waiting.set(key, [j]);
  }
  restA = places(a.nodes.length, (i) => !mates[i]);
  for (const i of restA) {
    const j = waiting.get(movedKey(fineA, a, i))?.pop();
    if (j !== undefined) take(i, j, 'moved');
  }
  // If each list has only one node left between the same two alike pairs, these two are a pair.
  restA = places(a.nodes.length, (i) => !mates[i]);
  restB = places(b.nodes.length, (j) => !used[j]);
  const [loneA, loneB] = [alone(restA, gapsOf(restA, exact, 0)), alone(restB, gapsOf(restB, exact, 1))];
  for (const [gap, i] of loneA) {
    const j = loneB.get(gap);
    if (i >= 0 && j !== undefined && j >= 0) take(i, j, 'changed');
  }
  return mates;
}

const places = (count: number, wanted: (i: number) => boolean): number[] => {
  const found: number[] = [];
  for (let i = 0; i < count; i++) if (wanted(i)) found.push(i);
  return found;
};

/** The number of matches before each of the remaining nodes. */
function gapsOf(rest: readonly number[], matches: readonly Match[], side: 0 | 1): readonly number[] {
  let passed = 0;
  return rest.map((i) => {
    while (passed < matches.length && matches[passed]![side] < i) passed++;
    return passed;
  });
}

/** The node in each gap between two matches, or -1 if there are several. */
function alone(rest: readonly number[], gaps: readonly number[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const [k, i] of rest.entries()) found.set(gaps[k]!, found.has(gaps[k]!) ? -1 : i);
  return found;
}
