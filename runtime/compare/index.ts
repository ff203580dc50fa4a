/**
 * Compares the graphs of two .onnx files: their nodes, bodies and functions, and the values of their weights. The names
 * of values inside a graph and the order of attributes, functions and weights do not matter. Another order of nodes that
 * compute the same is one change. The comparison has no side
 * effects, and its time grows about linearly with the size of the files.
 */
import type { FunctionProto, ModelProto, TensorProto } from '../../compiler/onnx/model.ts';
import type { Change } from '../../dsl/describe.ts';
import { qualified } from '../placement.ts';
import { type Comparison, compareBodies, compareOutput, compareScopes, newComparison } from './nodes.ts';
import { functionScope, graphScope } from './scope.ts';
import {
  attributeText,
  brief,
  bytesOf,
  isExternal,
  placeText,
  tensorType,
  valuesText,
} from './value_text.ts';

export interface GraphDiff {
  /** The number of nodes in each file, including bodies and functions. `same` is the number of equal nodes. */
  readonly nodes: { readonly before: number; readonly after: number; readonly same: number };
  readonly changes: readonly Change[];
  /** The number of weights in both files whose values were not compared, because the values are in data files. */
  readonly unread: number;
}

/** The differences between the graphs of two models. */
export function compareGraphs(first: ModelProto, second: ModelProto): GraphDiff {
  const found = newComparison();
  const [old, now] = [first.graph ?? {}, second.graph ?? {}];
  const [a, b] = [graphScope(old), graphScope(now)];
  const report = (path: string, before: string | null, after: string | null): void => {
    found.changes.push({ path, before, after });
  };
  for (const name of [...a.inputs, ...a.initializers.map((one) => one.name ?? '')])
    if (b.valueOf(name).kind === 'named') found.same.set(a.valueOf(name), b.valueOf(name));
  for (const [what, one, other] of [
    ['inputs', a.inputs, b.inputs],
    ['outputs', a.outputs, b.outputs],
  ] as const) {
    const both = (list: readonly string[], others: ReadonlySet<string>) =>
      list.filter((name) => others.has(name));
    const [x, y] = [both(one, new Set(other)), both(other, new Set(one))].map((list) => list.join(', '));
    if (x !== y) report(`order of ${what}`, brief(x!), brief(y!));
  }
  compareScopes(a, b, '', found);
  const given = new Set(b.outputs);
  for (const name of a.outputs)
    compareOutput([a, b], [name, given.has(name) ? name : undefined], report, found, `output ${brief(name)}`);
  compareFunctions(first, second, found);
  const unread = compareWeights(first, second, report);
  const { before, after, paired: same } = found;
  return { nodes: { before, after, same }, changes: found.changes, unread };
}

const keyOf = ({ name, domain, overload }: FunctionProto): string =>
  `${qualified(name, domain)}${overload ? `:${overload}` : ''}`;

/** Compares the functions that are in both files. `describeArtifact` lists functions that are in only one file. */
function compareFunctions(before: ModelProto, after: ModelProto, found: Comparison): void {
  const others = new Map((after.functions ?? []).map((one) => [keyOf(one), one]));
  for (const one of before.functions ?? []) {
    const other = others.get(keyOf(one));
    if (!other) continue;
    const where = `function ${brief(keyOf(one))}: `;
    const [old, now] = [headOf(one), headOf(other)];
    if (old !== now)
      found.changes.push({ path: `${where}head`, before: brief(old, 160), after: brief(now, 160) });
    compareBodies([functionScope(one), functionScope(other)], where, found, 0);
  }
}

/** The opsets of a function, and its attributes with their default values. */
const headOf = ({ opsetImport, attribute, attributeProto }: FunctionProto): string => {
  const opsets = (opsetImport ?? []).map(({ domain, version }) => `${domain || 'ai.onnx'} ${version ?? 0}`);
  const defaults = (attributeProto ?? []).map((one) => `${one.name ?? ''} = ${attributeText(one)}`);
  return `opsets ${opsets.sort().join(', ')}; attributes ${[...(attribute ?? []), ...defaults].sort().join(', ') || 'none'}`;
};

type Report = (path: string, before: string | null, after: string | null) => void;

/**
 * Compares weights of the same name, type and shape. Returns the number of these weights that are in data files and
 * were not compared. `describeArtifact` lists the types and shapes of all weights, and so shows all other differences.
 */
function compareWeights(first: ModelProto, second: ModelProto, report: Report): number {
  const others = new Map((second.graph?.initializer ?? []).map((one) => [one.name ?? '', one]));
  let [unread, elsewhere, moved] = [0, 0, 0];
  const files = [new Map<string, number>(), new Map<string, number>()] as const;
  for (const one of first.graph?.initializer ?? []) {
    const other = others.get(one.name ?? '');
    if (!other || tensorType(one) !== tensorType(other)) continue;
    if (isExternal(one) !== isExternal(other)) moved++;
    if (isExternal(one) || isExternal(other)) unread++;
    const places = [placeText(one, files[0]), placeText(other, files[1])];
    if (isExternal(one) && isExternal(other) && places[0] !== places[1]) elsewhere++;
    if (isExternal(one) || isExternal(other) || equalBytes(one, other)) continue;
    report(`values of ${brief(one.name ?? '')}`, valuesText(one), valuesText(other));
  }
  if (moved > 0) report('storage of weights', inFile(first), inFile(second));
  if (elsewhere > 0) report('positions in data files', null, `${elsewhere} weights are at other positions`);
  return unread;
}

const equalBytes = (one: TensorProto, other: TensorProto): boolean =>
  Buffer.compare(bytesOf(one), bytesOf(other)) === 0;

const inFile = ({ graph }: ModelProto): string => {
  const all = graph?.initializer ?? [];
  const outside = all.filter(isExternal).length;
  return `${all.length - outside} in the file, ${outside} in data files`;
};
