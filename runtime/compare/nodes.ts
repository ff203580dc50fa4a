/**
 * Compares two lists of nodes. First the nodes are paired, by their contents and their positions. The outputs of paired
 * nodes count as the same values. A node is reported if its inputs are not the same values as the inputs of its partner.
 */
import type { Change } from '../../dsl/describe.ts';
import { type Likeness, type Mate, pairNodes } from './pair_nodes.ts';
import { reordered } from './reorder.ts';
import { graphScope, labelOf, type Operation, type Scope, titleOf, type Value } from './scope.ts';
import { brief, clip, isExternal, placeText, tensorType, valuesText } from './value_text.ts';

/** The results of a comparison, collected over all scopes. */
export interface Comparison {
  readonly changes: Change[];
  /** The value of the second graph that corresponds to a value of the first. */
  readonly same: Map<Value, Value>;
  /** The number of equal nodes, and the number of nodes in each graph. */
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

/**
 * The maximum nesting of bodies. Other readers refuse deeper nesting, because protobuf limits the nesting of messages.
 */
const DEEPEST = 100;

/** Compares two scopes. `where` is the beginning of the path of every change. */
export function compareScopes(a: Scope, b: Scope, where: string, found: Comparison, depth = 0): void {
  const { changes, same } = found;
  const other = reordered(a, b, same, where !== '');
  if (other) changes.push({ path: `${where}order of nodes`, before: null, after: orderText(other.moved, b) });
  const pairs = pairNodes(a, other ? { ...b, nodes: other.nodes } : b);
  const mates = pairs.map((mate) =>
    mate && other ? { ...mate, index: other.nodes[mate.index]!.index } : mate,
  );
  const taken = new Uint8Array(b.nodes.length);
  found.before += a.nodes.length;
  found.after += b.nodes.length;
  for (const [i, mate] of mates.entries()) {
    if (!mate) continue;
    taken[mate.index] = 1;
    if (mate.how === 'alike') found.paired++;
    const [names, others] = [a.nodes[i]!.output, b.nodes[mate.index]!.output];
    for (const [k, name] of names.entries()) {
      const other = others[k];
      if (name !== '' && other !== undefined && other !== '') same.set(a.valueOf(name), b.valueOf(other));
    }
  }
  for (const [i, mate] of mates.entries()) {
    const one = a.nodes[i]!;
    if (mate) compareNodes([one, b.nodes[mate.index]!], mate.how, [a, b], where, found, depth);
    else changes.push({ path: where + titleOf(one), before: callText(one, a), after: null });
  }
  for (const one of b.nodes)
    if (!taken[one.index])
      changes.push({ path: where + titleOf(one), before: null, after: callText(one, b) });
  compareTypes(mates, [a, b], where, found);
}

const orderText = (moved: number, { nodes }: Scope): string =>
  `${moved} of ${nodes.length} nodes ${moved === 1 ? 'is' : 'are'} at another place, and compute the same`;

/**
 * Whether two names refer to the same value. Undefined values and absent inputs are the same if their names are equal.
 */
function isSame(
  { same }: Comparison,
  [a, old]: readonly [Scope, string],
  [b, now]: readonly [Scope, string],
): boolean {
  const [one, other] = [a.valueOf(old), b.valueOf(now)];
  if (one.kind === 'undefined' || other.kind === 'undefined') return one.kind === other.kind && old === now;
  return same.get(one) === other;
}

function compareNodes(
  [one, other]: readonly [Operation, Operation],
  how: Likeness,
  [a, b]: readonly [Scope, Scope],
  where: string,
  found: Comparison,
  depth: number,
): void {
  const report: Report = (what, before, after) => {
    found.changes.push({ path: `${where}${titleOf(one)}: ${what}`, before, after });
  };
  if (one.operator !== other.operator) report('operator', clip(one.operator), clip(other.operator));
  if (how === 'moved') report('position', `node ${one.index}`, `node ${other.index}`);
  if (how === 'changed') {
    for (const name of new Set([...one.attributes.keys(), ...other.attributes.keys()])) {
      const [old, now] = [one.attributes.get(name)?.text, other.attributes.get(name)?.text];
      if (old !== now)
        report(clip(name), old === undefined ? null : brief(old), now === undefined ? null : brief(now));
    }
  }
  for (const [name, { graphs }] of one.attributes) {
    for (const [i, graph] of graphs.entries()) {
      const mate = other.attributes.get(name)?.graphs[i];
      if (!mate) continue;
      const inside = `${where}${titleOf(one)}, ${clip(name)}${graphs.length > 1 ? ` ${i}` : ''}: `;
      if (depth >= DEEPEST) report(clip(name), TOO_DEEP, TOO_DEEP);
      else compareBodies([graphScope(graph, a), graphScope(mate, b)], inside, found, depth + 1);
    }
  }
  const equal =
    one.input.length === other.input.length &&
    one.input.every((name, i) => isSame(found, [a, name], [b, other.input[i]!]));
  if (!equal) reportValues(report, 'inputs', valuesIn(one.input, a), valuesIn(other.input, b));
  const given =
    one.output.length === other.output.length &&
    one.output.every((name, i) => (name === '') === (other.output[i] === ''));
  if (!given) report('outputs', givenText(one), givenText(other));
}

const TOO_DEEP = 'a body that is nested too deeply to be compared';

const givenText = ({ output }: Operation): string =>
  clip(output.map((name) => (name === '' ? '–' : 'given')).join(', '));

type Report = (what: string, before: string | null, after: string | null) => void;

/** Reports values that differ, although their labels may be equal. */
const reportValues = (report: Report, what: string, before: string, after: string): void =>
  report(what, before, before === after ? `${after} (not the same)` : after);

const valuesIn = (names: readonly string[], scope: Scope): string => {
  const shown = names.slice(0, 6).map((name) => labelOf(scope.valueOf(name)));
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

/** Compares two functions or bodies, whose inputs and outputs correspond by their positions. */
export function compareBodies(
  [a, b]: readonly [Scope, Scope],
  where: string,
  found: Comparison,
  depth: number,
): void {
  const report: Report = (what, before, after) => found.changes.push({ path: where + what, before, after });
  const [ins, outs] = [
    `${a.inputs.length} inputs, ${a.outputs.length} outputs`,
    `${b.inputs.length} inputs, ${b.outputs.length} outputs`,
  ];
  if (ins !== outs) report('signature', ins, outs);
  const link = (one: string | null | undefined, other: string | null | undefined): void => {
    if (one && other) found.same.set(a.valueOf(one), b.valueOf(other));
  };
  for (const [i, name] of a.inputs.entries()) link(name, b.inputs[i]);
  for (let i = 0; i < Math.max(a.initializers.length, b.initializers.length); i++) {
    const [old, now] = [a.initializers[i], b.initializers[i]];
    link(old?.name, now?.name);
    const text = (one: typeof old): string =>
      one ? `${tensorType(one)} ${isExternal(one) ? placeText(one) : valuesText(one)}` : 'none';
    if (text(old) !== text(now)) report(`weight ${i}`, text(old), text(now));
  }
  for (const [what, names] of [
    ['input', [a.inputs, b.inputs]],
    ['output', [a.outputs, b.outputs]],
  ] as const) {
    for (const [i, name] of names[0].entries()) {
      const [old, now] = [a.types.get(name) ?? 'no type', b.types.get(names[1][i] ?? '') ?? 'no type'];
      if (names[1][i] !== undefined && old !== now) report(`type of ${what} ${i}`, old, now);
    }
  }
  compareScopes(a, b, where, found, depth);
  for (const [i, name] of a.outputs.entries())
    compareOutput([a, b], [name, b.outputs[i]], report, found, `output ${i}`);
}

/** Reports an output that is not the same value in both scopes. */
export function compareOutput(
  [a, b]: readonly [Scope, Scope],
  [old, now]: readonly [string, string | undefined],
  report: Report,
  found: Comparison,
  what: string,
): void {
  if (now === undefined || isSame(found, [a, old], [b, now])) return;
  reportValues(report, what, labelOf(a.valueOf(old)), labelOf(b.valueOf(now)));
}

/**
 * Reports how many declared types of node outputs differ. They are only counted, because other differences cause them.
 */
function compareTypes(
  mates: readonly (Mate | undefined)[],
  [a, b]: readonly [Scope, Scope],
  where: string,
  { changes }: Comparison,
): void {
  if (a.types.size + b.types.size === 0) return;
  const texts = ({ types }: Scope, { output }: Operation) => output.map((name) => types.get(name) ?? '');
  let other = 0;
  for (const [i, mate] of mates.entries()) {
    if (!mate) continue;
    const [old, now] = [texts(a, a.nodes[i]!), texts(b, b.nodes[mate.index]!)];
    other += old.filter((text, k) => text !== (now[k] ?? '')).length;
  }
  if (other === 0) return;
  const before = `${a.types.size} declared`;
  changes.push({
    path: `${where}types of values`,
    before,
    after: `${b.types.size} declared, ${other} of them different`,
  });
}
