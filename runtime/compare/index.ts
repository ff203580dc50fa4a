/**
 * What differs between the graphs of two .onnx files: nodes, bodies, functions, and the values of weights. Pure, and linear
 * in the files but for parts of them that are small. Names of values inside a graph mean nothing, nor does the order of
 * attributes, functions and weights.
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
  /** Nodes of the first, with those of its bodies and functions; of the second; and how many are as they were. */
  readonly nodes: { readonly before: number; readonly after: number; readonly same: number };
  readonly changes: readonly Change[];
  /** Weights of both whose values lie in data files, which are not read. */
  readonly unread: number;
}

export function compareGraphs(first: ModelProto, second: ModelProto): GraphDiff {
  const found = newComparison();
  const [old, now] = [first.graph ?? {}, second.graph ?? {}];
  const [a, b] = [graphScope(old), graphScope(now)];
  const tell = (path: string, before: string | null, after: string | null): void => {
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
    if (x !== y) tell(`order of ${what}`, brief(x!), brief(y!));
  }
  compareScopes(a, b, '', found);
  const given = new Set(b.outputs);
  for (const name of a.outputs)
    compareOutput([a, b], [name, given.has(name) ? name : undefined], tell, found, `output ${brief(name)}`);
  compareFunctions(first, second, found);
  const unread = compareWeights(first, second, tell);
  const { before, after, paired: same } = found;
  return { nodes: { before, after, same }, changes: found.changes, unread };
}

const keyOf = ({ name, domain, overload }: FunctionProto): string =>
  `${qualified(name, domain)}${overload ? `:${overload}` : ''}`;

/** Those that only one has are told by their names alone, as fields of the file. */
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

/** Its opsets and attributes, with what they are where a call has none. */
const headOf = ({ opsetImport, attribute, attributeProto }: FunctionProto): string => {
  const opsets = (opsetImport ?? []).map(({ domain, version }) => `${domain || 'ai.onnx'} ${version ?? 0}`);
  const defaults = (attributeProto ?? []).map((one) => `${one.name ?? ''} = ${attributeText(one)}`);
  return `opsets ${opsets.sort().join(', ')}; attributes ${[...(attribute ?? []), ...defaults].sort().join(', ') || 'none'}`;
};

type Tell = (path: string, before: string | null, after: string | null) => void;

/** Of weights that have one name, type and shape: the others are told as fields of the file. How many lie outside. */
function compareWeights(first: ModelProto, second: ModelProto, tell: Tell): number {
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
    tell(`values of ${brief(one.name ?? '')}`, valuesText(one), valuesText(other));
  }
  if (moved > 0) tell('where weights lie', inFile(first), inFile(second));
  if (elsewhere > 0) tell('places in data files', null, `${elsewhere} weights lie elsewhere`);
  return unread;
}

const equalBytes = (one: TensorProto, other: TensorProto): boolean =>
  Buffer.compare(bytesOf(one), bytesOf(other)) === 0;

const inFile = ({ graph }: ModelProto): string => {
  const all = graph?.initializer ?? [];
  const outside = all.filter(isExternal).length;
  return `${all.length - outside} in the file, ${outside} in data files`;
};
