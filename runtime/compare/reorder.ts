/**
 * Brings the nodes of a graph into the order of another graph. Nodes correspond if they compute the same from the same
 * values, whatever their names and places are.
 */
import type { GraphProto } from '../../compiler/onnx/model.ts';
import { graphScope, type Operation, type Scope, type Value } from './scope.ts';

/** The number of each distinct computation. Two values with the same number are computed in the same way. */
type Numbers = Map<string, number>;

/** Bodies that are nested more deeply count as different. */
const DEEPEST = 100;

const numberOf = (numbers: Numbers, text: string): number => {
  const known = numbers.get(text) ?? numbers.size;
  numbers.set(text, known);
  return known;
};

/** Computes what each node computes, as a number. `given` names the values that no node of the scope computes. */
function computations(
  scope: Scope,
  given: (value: Value) => string,
  numbers: Numbers,
  depth = 0,
): readonly number[] {
  const values = new Map<Value, string>();
  const valueText = (name: string): string => {
    if (name === '') return '';
    const value = scope.valueOf(name);
    return values.get(value) ?? given(value);
  };
  const bodyText = (graph: GraphProto): string => {
    if (depth >= DEEPEST) return 'deep';
    const body = graphScope(graph, scope);
    const own = new Map(
      [...body.inputs, ...body.initializers.map(({ name }) => name ?? '')].map((name, i) => [
        body.valueOf(name),
        `own ${i}`,
      ]),
    );
    const inside = (value: Value): string => own.get(value) ?? values.get(value) ?? given(value);
    const made = computations(body, inside, numbers, depth + 1);
    const outputs = body.outputs.map((name) => {
      const { by } = body.valueOf(name);
      return by ? `${made[by.operation.index]}.${by.output}` : inside(body.valueOf(name));
    });
    return JSON.stringify([made.toSorted((a, b) => a - b), outputs]);
  };
  return scope.nodes.map(({ operator, attributes, input, output }) => {
    const settings = [...attributes].map(([name, { text, graphs }]) => [name, text, graphs.map(bodyText)]);
    const text = JSON.stringify([operator, settings, input.map(valueText), output.length]);
    const number = numberOf(numbers, text);
    output.forEach((name, i) => {
      if (name !== '') values.set(scope.valueOf(name), `${number}.${i}`);
    });
    return number;
  });
}

/** The values that a node reads, and those that its bodies read from around them. */
function readsOf({ input, attributes }: Operation, scope: Scope, depth = 0): readonly Value[] {
  const own = input.filter((name) => name !== '').map(scope.valueOf);
  if (depth >= DEEPEST) return own;
  const inside = [...attributes.values()].flatMap(({ graphs }) =>
    graphs.flatMap((graph) => {
      const body = graphScope(graph, scope);
      const names = [...body.inputs, ...body.initializers.map(({ name }) => name ?? '')];
      const local = new Set([...names, ...body.nodes.flatMap(({ output }) => output)].map(body.valueOf));
      return body.nodes.flatMap((one) => readsOf(one, body, depth + 1)).filter((value) => !local.has(value));
    }),
  );
  return [...own, ...inside];
}

/**
 * Refines the numbers of nodes by what becomes of their outputs: which nodes read them, and which outputs of the scope
 * they are. So two nodes that compute the same, but for different readers, are told apart.
 */
function withReaders(
  scope: Scope,
  computed: readonly number[],
  reads: readonly (readonly Value[])[],
  numbers: Numbers,
  outputName: (name: string, i: number) => string,
): readonly number[] {
  const uses = new Map<Operation, string[]>();
  const use = ({ by }: Value, how: string): void => {
    if (!by) return;
    const list = uses.get(by.operation) ?? [];
    uses.set(by.operation, list);
    list.push(`${by.output} ${how}`);
  };
  scope.outputs.forEach((name, i) => {
    use(scope.valueOf(name), outputName(name, i));
  });
  const refined: number[] = [];
  for (let i = scope.nodes.length - 1; i >= 0; i--) {
    const operation = scope.nodes[i]!;
    const text = JSON.stringify(['read', computed[i], (uses.get(operation) ?? []).sort()]);
    const number = numberOf(numbers, text);
    refined[i] = number;
    reads[i]!.forEach((value, k) => {
      use(value, `${number}.${k}`);
    });
  }
  return refined;
}

/** At most this number of nodes that compute the same are tried as the partner of a node. */
const MOST_TRIED = 32;

/** The partner in `a` of each node of `b`. Of several candidates, the one whose inputs are partners is taken. */
function partnersOf(
  [a, b]: readonly [Scope, Scope],
  [before, after]: readonly [readonly number[], readonly number[]],
  [readsA, readsB]: readonly [readonly (readonly Value[])[], readonly (readonly Value[])[]],
  given: ReadonlyMap<Value, Value>,
): readonly (number | undefined)[] {
  const same = new Map(given);
  const candidates = new Map<number, number[]>();
  after.forEach((number, j) => {
    const list = candidates.get(number) ?? [];
    candidates.set(number, list);
    list.push(j);
  });
  const partners: (number | undefined)[] = new Array(b.nodes.length).fill(undefined);
  before.forEach((number, i) => {
    const list = candidates.get(number) ?? [];
    if (list.length === 0) return;
    const fits = (j: number): boolean =>
      readsA[i]!.every((value, k) => !same.has(value) || same.get(value) === readsB[j]![k]);
    const at = Math.max(list.slice(0, MOST_TRIED).findIndex(fits), 0);
    const [j] = list.splice(at, 1);
    partners[j!] = i;
    a.nodes[i]!.output.forEach((name, k) => {
      const other = b.nodes[j!]!.output[k];
      if (name && other) same.set(a.valueOf(name), b.valueOf(other));
    });
  });
  return partners;
}

export interface Reordered {
  /** The nodes of the second scope, in the order of the first. Nodes without a partner follow the node before them. */
  readonly nodes: readonly Operation[];
  /** The number of nodes that have a partner at another place. */
  readonly moved: number;
}

/**
 * The nodes of `b` in the order of `a`; undefined if nodes that correspond are in the same order already. `same` maps
 * the values of `a` that are known to be values of `b`. Outputs correspond by name in a graph, and by position in a body.
 */
export function reordered(
  a: Scope,
  b: Scope,
  same: ReadonlyMap<Value, Value>,
  inBody: boolean,
): Reordered | undefined {
  const numbers: Numbers = new Map();
  const names = new Map<Value, string>();
  let next = 0;
  const nameOf = (value: Value): string => {
    const known =
      names.get(value) ?? (value.kind === 'undefined' ? `undefined ${value.name}` : `given ${next++}`);
    names.set(value, known);
    return known;
  };
  const outputName = (name: string, i: number): string => (inBody ? `output ${i}` : `output '${name}'`);
  const [readsA, readsB] = [a, b].map((scope) => scope.nodes.map((one) => readsOf(one, scope))) as [
    Value[][],
    Value[][],
  ];
  const before = computations(a, (value) => nameOf(same.get(value) ?? value), numbers);
  const after = computations(b, nameOf, numbers);
  const refined = [
    withReaders(a, before, readsA, numbers, outputName),
    withReaders(b, after, readsB, numbers, outputName),
  ] as const;
  const whole = partnersOf([a, b], refined, [readsA, readsB], same);
  // Nodes whose readers have changed are still partners if they compute the same.
  const [restA, restB] = [new Set(whole.filter((i) => i !== undefined)), whole];
  const rest = partnersOf(
    [a, b],
    [
      before.map((number, i) => (restA.has(i) ? -1 : number)),
      after.map((number, j) => (restB[j] === undefined ? number : -2)),
    ],
    [readsA, readsB],
    same,
  );
  const partners = whole.map((i, j) => i ?? rest[j]);
  const known = partners.filter((i) => i !== undefined);
  if (known.every((place, i) => i === 0 || known[i - 1]! < place)) return undefined;
  let last = -1;
  const keys = partners.map((partner) => {
    last = partner ?? last;
    return last;
  });
  const order = [...b.nodes.keys()].sort((x, y) => keys[x]! - keys[y]! || x - y);
  const inOrder = known.toSorted((x, y) => x - y);
  return {
    nodes: order.map((j) => b.nodes[j]!),
    moved: known.filter((place, i) => place !== inOrder[i]).length,
  };
}
