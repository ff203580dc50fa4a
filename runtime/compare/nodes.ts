/**
 * What differs between two lists of nodes. First nodes are paired, by what they are and where they stand; the values
 * that paired nodes give are then the same value, and nodes that read another one are told.
 */
import { align, type Match } from '../../dsl/align.ts';
import type { Change } from '../../dsl/describe.ts';
import { graphScope, type Operation, type Scope, titleOf, type Value } from './scope.ts';
import { brief, clip, isExternal, placeText, tensorType, valuesText } from './value_text.ts';

/** What one comparison finds, in all its scopes. */
export interface Comparison {
  readonly changes: Change[];
  /** Value of the second for one of the first. */
  readonly same: Map<Value, Value>;
  /** Nodes that are in both, and in each. */
  paired: number;
  before: number;
  after: number;
}

export const newComparison = (): Comparison => ({
  changes: [],
  same: new Map(),
  paired: 0,
  before: 0,
  after: 0,
});

/** protobuf's own limit, counted in bodies: nothing that other readers take is deeper. */
const DEEPEST = 100;

/** What a node is, without the values that are known by its surroundings alone. */
function fineKey({ operator, attributes, input, output }: Operation, scope: Scope): string {
  const told = [...attributes].map(([name, { text }]) => `${name}=${text}`);
  const names = input.map((name) => (scope.valueOf(name).kind === 'inner' ? '%' : name));
  return JSON.stringify([operator, told, names, output.length]);
}

const nameKey = ({ operator, node }: Operation): string => `${operator} '${node.name ?? ''}'`;

interface Pair extends Readonly<Record<'a' | 'b', Operation>> {
  /** Others that are paired stand on its other side now. */
  readonly moved: boolean;
}

function pairsOf(a: Scope, b: Scope): { pairs: readonly Pair[]; alike: number } {
  const keys = (scope: Scope) => scope.nodes.map((one) => fineKey(one, scope));
  const [fineA, fineB] = [keys(a), keys(b)];
  const exact = align(fineA, fineB);
  const mateOf = new Map<number, Match>();
  const used = new Set<number>();
  const take = (match: Match): void => {
    mateOf.set(match[0], match);
    used.add(match[1]);
  };
  for (const match of exact) take(match);
  const left = (): readonly [readonly number[], readonly number[]] => [
    a.nodes.flatMap((_, i) => (mateOf.has(i) ? [] : [i])),
    b.nodes.flatMap((_, j) => (used.has(j) ? [] : [j])),
  ];
  // Between two that are alike, one with the same operator and name was changed.
  const [gapA, gapB] = [gaps(exact, 0, a.nodes.length), gaps(exact, 1, b.nodes.length)];
  const [restA, restB] = left();
  const coarse = align(
    restA.map((i) => `${gapA[i]} ${nameKey(a.nodes[i]!)}`),
    restB.map((j) => `${gapB[j]} ${nameKey(b.nodes[j]!)}`),
  );
  for (const [i, j] of coarse) take([restA[i]!, restB[j]!]);
  // What stands elsewhere was moved.
  const moved = new Set<number>();
  const [oldest, newest] = left();
  const movedA = (i: number) => fineA[i]! + nameKey(a.nodes[i]!);
  const movedB = (j: number) => fineB[j]! + nameKey(b.nodes[j]!);
  const waiting = new Map<string, number[]>();
  for (const j of [...newest].reverse()) {
    const queue = waiting.get(movedB(j));
    if (queue) queue.push(j);
    else waiting.set(movedB(j), [j]);
  }
  for (const i of oldest) {
    const j = waiting.get(movedA(i))?.pop();
    if (j === undefined) continue;
    take([i, j]);
    moved.add(i);
  }
  // One in the place of another.
  const [loneA, loneB] = left();
  const [placesA, placesB] = [alone(loneA, gapA), alone(loneB, gapB)];
  for (const [gap, i] of placesA) {
    const j = placesB.get(gap);
    if (i >= 0 && j !== undefined && j >= 0) take([i, j]);
  }
  const pairs = [...mateOf.values()]
    .sort(([x], [y]) => x - y)
    .map(([i, j]): Pair => ({ a: a.nodes[i]!, b: b.nodes[j]!, moved: moved.has(i) }));
  return { pairs, alike: exact.length };
}

/** What stands alone between two that are alike, by that place; −1 where there are more. */
function alone(left: readonly number[], gaps: readonly number[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const i of left) found.set(gaps[i]!, found.has(gaps[i]!) ? -1 : i);
  return found;
}

/** How many of the matches stand before each node. */
function gaps(matches: readonly Match[], side: 0 | 1, count: number): readonly number[] {
  let passed = 0;
  return Array.from({ length: count }, (_, i) => {
    if (matches[passed]?.[side] === i) passed++;
    return passed;
  });
}

/** `where` begins every path. */
export function compareScopes(a: Scope, b: Scope, where: string, found: Comparison, depth = 0): void {
  const { changes, same } = found;
  const { pairs, alike } = pairsOf(a, b);
  found.paired += alike;
  found.before += a.nodes.length;
  found.after += b.nodes.length;
  for (const pair of pairs) {
    for (const [i, name] of pair.a.output.entries()) {
      const other = pair.b.output[i];
      if (name !== '' && other !== undefined && other !== '') same.set(a.valueOf(name), b.valueOf(other));
    }
  }
  const pairOf = new Map(pairs.map((pair) => [pair.a, pair]));
  for (const one of a.nodes) {
    const pair = pairOf.get(one);
    if (pair) comparePair(pair, [a, b], where, found, depth);
    else changes.push({ path: where + titleOf(one), before: callText(one, a), after: null });
  }
  const taken = new Set(pairs.map((pair) => pair.b));
  for (const one of b.nodes) {
    if (!taken.has(one)) changes.push({ path: where + titleOf(one), before: null, after: callText(one, b) });
  }
  compareTypes(pairs, [a, b], where, found);
}

/** What nothing defines, and no value at all, is the same by its name; the former does not run. */
function isSame(
  { same }: Comparison,
  [a, old]: readonly [Scope, string],
  [b, now]: readonly [Scope, string],
): boolean {
  const [one, other] = [a.valueOf(old), b.valueOf(now)];
  if (one.kind === 'undefined' || other.kind === 'undefined') return one.kind === other.kind && old === now;
  return same.get(one) === other;
}

function comparePair(
  { a: one, b: other, moved }: Pair,
  [a, b]: readonly [Scope, Scope],
  where: string,
  found: Comparison,
  depth: number,
): void {
  const title = where + titleOf(one);
  const tell = (what: string, before: string | null, after: string | null): void => {
    found.changes.push({ path: `${title}: ${what}`, before, after });
  };
  if (one.operator !== other.operator) tell('operator', clip(one.operator), clip(other.operator));
  if (moved) tell('place', `node ${one.index}`, `node ${other.index}`);
  for (const name of new Set([...one.attributes.keys(), ...other.attributes.keys()])) {
    const [old, now] = [one.attributes.get(name), other.attributes.get(name)];
    if (old?.text !== now?.text)
      tell(brief(name), old ? brief(old.text) : null, now ? brief(now.text) : null);
    for (const [i, graph] of (old?.graphs ?? []).entries()) {
      const mate = now?.graphs[i];
      if (!mate) continue;
      const inside = `${title}, ${brief(name)}${old!.graphs.length > 1 ? ` ${i}` : ''}: `;
      if (depth >= DEEPEST) tell(name, 'bodies too deep to be compared', 'bodies too deep to be compared');
      else compareBodies([graphScope(graph, a), graphScope(mate, b)], inside, found, depth + 1);
    }
  }
  const equal =
    one.input.length === other.input.length &&
    one.input.every((name, i) => isSame(found, [a, name], [b, other.input[i]!]));
  if (!equal) tellValues(tell, 'inputs', valuesIn(one.input, a), valuesIn(other.input, b));
  const given = (names: readonly string[]): string =>
    names.map((name) => (name === '' ? '–' : 'given')).join(', ');
  if (given(one.output) !== given(other.output))
    tell('outputs', brief(given(one.output)), brief(given(other.output)));
}

type Tell = (what: string, before: string, after: string) => void;

/** Names may be the same where values are not. */
const tellValues = (tell: Tell, what: string, before: string, after: string): void =>
  tell(what, before, before === after ? `${after} (not the same)` : after);

const valuesIn = (names: readonly string[], scope: Scope): string => {
  const shown = names.slice(0, 6).map((name) => scope.valueOf(name).label);
  return [...shown, ...(names.length > 6 ? [`… ${names.length} in all`] : [])].join(', ') || 'none';
};

const callText = (one: Operation, scope: Scope): string =>
  clip(
    [
      `of ${valuesIn(one.input, scope)}`,
      ...[...one.attributes].map(([name, { text }]) => `${clip(name, 40)}: ${clip(text, 40)}`),
    ].join('; '),
    200,
  );

/** Functions and bodies: what goes in and comes out is known by its place. */
export function compareBodies(
  [a, b]: readonly [Scope, Scope],
  where: string,
  found: Comparison,
  depth: number,
): void {
  const tell: Tell = (what, before, after) => found.changes.push({ path: where + what, before, after });
  const [ins, outs] = [
    `${a.inputs.length} inputs, ${a.outputs.length} outputs`,
    `${b.inputs.length} inputs, ${b.outputs.length} outputs`,
  ];
  if (ins !== outs) tell('signature', ins, outs);
  const link = (one: string | null | undefined, other: string | null | undefined): void => {
    if (one && other) found.same.set(a.valueOf(one), b.valueOf(other));
  };
  for (const [i, name] of a.inputs.entries()) link(name, b.inputs[i]);
  for (let i = 0; i < Math.max(a.initializers.length, b.initializers.length); i++) {
    const [old, now] = [a.initializers[i], b.initializers[i]];
    link(old?.name, now?.name);
    const text = (one: typeof old): string =>
      one ? `${tensorType(one)} ${isExternal(one) ? placeText(one) : valuesText(one)}` : 'none';
    if (text(old) !== text(now)) tell(`weight ${i}`, text(old), text(now));
  }
  for (const [what, names] of [
    ['input', [a.inputs, b.inputs]],
    ['output', [a.outputs, b.outputs]],
  ] as const) {
    for (const [i, name] of names[0].entries()) {
      const [old, now] = [a.types.get(name) ?? 'no type', b.types.get(names[1][i] ?? '') ?? 'no type'];
      if (names[1][i] !== undefined && old !== now) tell(`type of ${what} ${i}`, old, now);
    }
  }
  compareScopes(a, b, where, found, depth);
  for (const [i, name] of a.outputs.entries())
    compareOutput([a, b], [name, b.outputs[i]], tell, found, `output ${i}`);
}

export function compareOutput(
  [a, b]: readonly [Scope, Scope],
  [old, now]: readonly [string, string | undefined],
  tell: Tell,
  found: Comparison,
  what: string,
): void {
  if (now === undefined || isSame(found, [a, old], [b, now])) return;
  tellValues(tell, what, a.valueOf(old).label, b.valueOf(now).label);
}

/** Types of the values that nodes give, as far as a file declares them; counted, for they follow from the rest. */
function compareTypes(
  pairs: readonly Pair[],
  [a, b]: readonly [Scope, Scope],
  where: string,
  { changes }: Comparison,
): void {
  const texts = ({ types }: Scope, { output }: Operation) => output.map((name) => types.get(name) ?? '');
  let other = 0;
  for (const pair of pairs) {
    const [old, now] = [texts(a, pair.a), texts(b, pair.b)];
    other += old.filter((text, i) => text !== (now[i] ?? '')).length;
  }
  if (other === 0) return;
  const before = `${a.types.size} declared`;
  changes.push({
    path: `${where}types of values`,
    before,
    after: `${b.types.size} declared, ${other} of them others`,
  });
}
