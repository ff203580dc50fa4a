/** Graphs compared node by node: other names or orders are no difference, and every single change is reported. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changesBetween } from '../../dsl/describe.ts';
import { compareGraphs } from '../../runtime/compare/index.ts';
import { describeArtifact } from '../../runtime/describe_artifact.ts';
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto } from '../onnx_messages.ts';
import { decodeModelProto, encodeModelProto } from '../onnx_messages.ts';

/** A node before its values have names. `reads` are indices into the values defined before it, counted from the end. */
interface Plan {
  readonly op: 'Relu' | 'LeakyRelu' | 'Sub' | 'If' | 'Own';
  readonly reads: readonly number[];
  readonly alpha: number;
  readonly axis: number;
  readonly inside: readonly ('Relu' | 'Tanh')[];
}

const plan: fc.Arbitrary<Plan> = fc.record({
  op: fc.constantFrom('Relu', 'LeakyRelu', 'Sub', 'If', 'Own'),
  reads: fc.tuple(fc.nat(5), fc.nat(5)),
  alpha: fc.integer({ min: 1, max: 9 }),
  axis: fc.nat(3),
  inside: fc.array(fc.constantFrom('Relu', 'Tanh'), { minLength: 1, maxLength: 3 }),
});

const plans = fc.array(plan, { minLength: 2, maxLength: 14 });

const tensorType = { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 2 }] } } };
const info = (name: string) => ({ name, type: tensorType });
const float = (name: string, f: number): AttributeProto => ({ name, type: 1, f });
const int = (name: string, i: number): AttributeProto => ({ name, type: 2, i });

/** How inner values are named, and whether lists whose order does not matter are reversed. */
interface Style {
  readonly call: (value: string) => string;
  readonly turned: boolean;
}

const PLAIN: Style = { call: (value) => value, turned: false };
const OTHER: Style = { call: (value) => `${value.length}_${[...value].reverse().join('')}'`, turned: true };

function body(ops: readonly string[], outer: string, at: string, { call }: Style): GraphProto {
  const name = (i: number) => (i === 0 ? outer : call(`${at}.${i}`));
  return {
    name: 'body',
    node: ops.map((opType, i) => ({ opType, input: [name(i)], output: [name(i + 1)] })),
    output: [info(name(ops.length))],
  };
}

function nodesOf(all: readonly Plan[], style: Style): NodeProto[] {
  const defined = ['x', 'w'];
  const lists = <T>(list: T[]): T[] => (style.turned ? list.reverse() : list);
  return all.map(({ op, reads, alpha, axis, inside }, i) => {
    const last = i === all.length - 1;
    const read = (k: number): string => defined.at(-1 - (reads[k]! % defined.length))!;
    const output = [last ? 'y' : style.call(`v${i}`)];
    const attribute = lists([float('alpha', alpha / 10), int('axis', axis)]);
    const made: Record<Plan['op'], NodeProto> = {
      Relu: { opType: 'Relu', input: [read(0)], output },
      LeakyRelu: { opType: 'LeakyRelu', input: [read(0)], output, attribute },
      Sub: { opType: 'Sub', input: [read(0), read(1)], output },
      Own: { opType: 'Own', domain: 'mine', input: [read(0)], output },
      If: {
        opType: 'If',
        input: ['c'],
        output,
        attribute: lists([
          { name: 'then_branch', type: 5, g: body(inside, read(0), `t${i}`, style) },
          { name: 'else_branch', type: 5, g: body(['Neg'], read(1), `e${i}`, style) },
        ]),
      },
    };
    const node = made[op];
    defined.push(output[0]!);
    return node;
  });
}

const raw = (name: string, dataType: number, bytes: readonly number[]): TensorProto => ({
  name,
  dataType,
  dims: dataType === 9 ? [] : [bytes.length / 4],
  rawData: Uint8Array.from(bytes),
});

const W = [0, 0, 128, 63, 0, 0, 0, 64];

/** The model as it is read from a file. */
function modelOf(
  all: readonly Plan[],
  style: Style = PLAIN,
  change?: (nodes: NodeProto[]) => void,
): ModelProto {
  const node = nodesOf(all, style);
  change?.(node);
  const turned = <T>(list: T[]): T[] => (style.turned ? list.reverse() : list);
  const own = (name: string, ops: readonly string[]) => ({
    name,
    domain: 'mine',
    input: [style.call('p')],
    output: [style.call(`q${ops.length}`)],
    opsetImport: [{ domain: '', version: 17 }],
    node: ops.map((opType, i) => ({
      opType,
      input: [style.call(i === 0 ? 'p' : `q${i}`)],
      output: [style.call(`q${i + 1}`)],
    })),
  });
  return decodeModelProto(
    encodeModelProto({
      irVersion: 9,
      producerName: 'test',
      opsetImport: turned([
        { domain: '', version: 17 },
        { domain: 'mine', version: 1 },
      ]),
      metadataProps: turned([
        { key: 'one', value: '1' },
        { key: 'two', value: '2' },
      ]),
      functions: turned([own('Own', ['Abs', 'Neg']), own('Other', ['Exp'])]),
      graph: {
        name: 'g',
        node,
        input: [info('x')],
        output: [info('y')],
        initializer: turned([raw('w', 1, W), raw('c', 9, [1])]),
        valueInfo: turned(all.slice(0, -1).map((_, i) => info(style.call(`v${i}`)))),
      },
    }),
  );
}

const differences = (a: ModelProto, b: ModelProto) => [
  ...changesBetween(describeArtifact(a), describeArtifact(b)),
  ...compareGraphs(a, b).changes,
];

/** The names of the outputs of all nodes. The names inside of bodies are derived from these names. */
const giving = (model: ModelProto): readonly string[] =>
  (model.graph?.node ?? []).flatMap(({ output }) => output ?? []);

describe('a graph and itself', () => {
  test('are the same with other inner names and reversed lists', () => {
    fc.assert(
      fc.property(plans, (all) => {
        const [a, b] = [modelOf(all), modelOf(all, OTHER)];
        if (all.length > 1) expect(giving(a)).not.toEqual(giving(b));
        expect(differences(a, b)).toEqual([]);
        expect(compareGraphs(a, b).nodes.same).toBe(compareGraphs(a, b).nodes.before);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a single change is reported, whatever the names are', () => {
  /** Applies a change to a random node; false if it has nothing to change. */
  const changes: Readonly<
    Record<string, (node: NodeProto, nodes: readonly NodeProto[], i: number) => boolean>
  > = {
    'the value of an attribute': ({ attribute }) => {
      const found = attribute?.find(({ name }) => name === 'alpha');
      if (found) found.f = 0.05;
      return found !== undefined;
    },
    'the type of an attribute': ({ attribute }) => {
      const at = attribute?.findIndex(({ name }) => name === 'axis') ?? -1;
      if (at >= 0) attribute![at] = float('axis', Number(attribute![at]!.i));
      return at >= 0;
    },
    'an attribute that is gone': (node) => {
      if (node.opType !== 'LeakyRelu') return false;
      node.attribute = [node.attribute![0]!];
      return true;
    },
    'an operand': (node, nodes, i) => {
      if (node.opType === 'If') return false;
      const before = ['x', 'w', ...nodes.slice(0, i).flatMap(({ output }) => output ?? [])];
      const other = before.find((name) => name !== node.input![0]);
      node.input = [other!, ...node.input!.slice(1)];
      return true;
    },
    'operands in another order': (node) => {
      if (node.opType !== 'Sub' || node.input![0] === node.input![1]) return false;
      node.input = [...node.input!].reverse();
      return true;
    },
    'an operand less': (node) => {
      if (node.opType !== 'Sub') return false;
      node.input = [node.input![0]!, ''];
      return true;
    },
    'the operator': (node) => {
      node.opType = 'Erf';
      return true;
    },
    'the domain': (node) => {
      node.domain = 'com.microsoft';
      return true;
    },
    'branches that changed places': ({ attribute, opType }) => {
      if (opType !== 'If') return false;
      const [one, other] = attribute as [AttributeProto, AttributeProto];
      [one.name, other.name] = [other.name ?? '', one.name ?? ''];
      return true;
    },
    'what a body reads of the values around': (node, nodes, i) => {
      const inner = node.attribute?.find(({ g }) => g)?.g?.node?.[0];
      if (!inner) return false;
      const before = ['x', 'w', ...nodes.slice(0, i).flatMap(({ output }) => output ?? [])];
      inner.input = [before.find((name) => name !== inner.input![0])!];
      return true;
    },
  };

  test.each(Object.entries(changes))('%s', (_, change) => {
    let made = 0;
    fc.assert(
      fc.property(plans, fc.nat(), fc.constantFrom(PLAIN, OTHER), (all, drawn, style) => {
        let done = false;
        const changed = modelOf(all, style, (nodes) => {
          for (let k = 0; k < nodes.length && !done; k++) {
            const i = (drawn + k) % nodes.length;
            done = change(nodes[i]!, nodes, i);
          }
        });
        if (!done) return;
        made++;
        expect(compareGraphs(modelOf(all), changed).changes).not.toEqual([]);
        expect(compareGraphs(changed, modelOf(all)).changes).not.toEqual([]);
      }),
      { numRuns: 80 },
    );
    expect(made).toBeGreaterThan(20);
  });

  test.each<[string, (model: ModelProto) => void, RegExp]>([
    [
      'a weight',
      (m) => m.graph!.initializer!.find(({ name }) => name === 'w')!.rawData!.set([1], 5),
      /^values of w$/,
    ],
    ['a function', (m) => (m.functions[0]!.node![1]!.opType = 'Exp'), /^function mine::O.*operator/],
    [
      'a function’s operand',
      (m) => (m.functions[0]!.node![1]!.input = m.functions[0]!.input!),
      /^function .*: inputs$/,
    ],
    [
      'a function’s output',
      (m) => (m.functions[0]!.output = m.functions[0]!.node![0]!.output!),
      /^function .*: output 0$/,
    ],
    ['a function’s opset', (m) => (m.functions[0]!.opsetImport![0]!.version = 18), /^function .*: head$/],
    ['a declared type', (m) => m.graph!.valueInfo!.pop(), /^types of values$/],
    ['the output', (m) => (m.graph!.node!.at(-1)!.output = ['z']), /^output y$/],
  ])('%s', (_, change, path) => {
    const all: readonly Plan[] = (['LeakyRelu', 'Own', 'Sub'] as const).map((op) => ({
      op,
      reads: [0, 1],
      alpha: 1,
      axis: 0,
      inside: [],
    }));
    const changed = modelOf(all);
    change(changed);
    const found = compareGraphs(modelOf(all), decodeModelProto(encodeModelProto(changed))).changes;
    expect(found.map((one) => one.path)).toEqual([expect.stringMatching(path)]);
  });
});

describe('weights', () => {
  const withWeight = (weight: object): ModelProto =>
    decodeModelProto(
      encodeModelProto({
        irVersion: 9,
        opsetImport: [{ domain: '', version: 17 }],
        graph: { name: 'g', node: [], initializer: [{ name: 'w', dataType: 1, dims: [2], ...weight }] },
      }),
    );
  const outside = (offset: string, location = 'a.data') => ({
    dataLocation: 1,
    externalData: [
      { key: 'location', value: location },
      { key: 'offset', value: offset },
      { key: 'length', value: '8' },
    ],
  });

  test('typed fields and raw bytes with the same numbers are the same', () => {
    const [a, b] = [withWeight({ floatData: [1, 2] }), withWeight({ rawData: Uint8Array.from(W) })];
    expect(compareGraphs(a, b).changes).toEqual([]);
    expect(compareGraphs(a, withWeight({ floatData: [1, 2.5] })).changes).toEqual([
      { path: 'values of w', before: '1.0, 2.0', after: '1.0, 2.5' },
    ]);
  });

  test('in data files are compared by their positions, whatever the file is called', () => {
    const found = (x: object, y: object) => compareGraphs(withWeight(x), withWeight(y));
    expect(found(outside('0'), outside('0', 'b.data'))).toMatchObject({ changes: [], unread: 1 });
    expect(found(outside('0'), outside('8')).changes).toMatchObject([{ path: 'positions in data files' }]);
    expect(found(outside('0'), { rawData: Uint8Array.from(W) }).changes).toMatchObject([
      { path: 'storage of weights' },
    ]);
  });
});

test('an inserted node is reported at its position, and the nodes after it are unchanged', () => {
  const all: readonly Plan[] = Array.from({ length: 40 }, (_, i) => ({
    op: i % 2 === 0 ? 'Relu' : 'Sub',
    reads: [0, 1],
    alpha: 1,
    axis: 0,
    inside: [],
  }));
  const changed = modelOf(all, OTHER, (nodes) => {
    const reader = nodes[21]!;
    nodes.splice(21, 0, { opType: 'Tanh', input: [nodes[20]!.output![0]!], output: ['new'] });
    reader.input = ['new', reader.input![1]!];
  });
  expect(compareGraphs(modelOf(all), changed).changes).toEqual([
    {
      path: 'Sub (node 21): inputs',
      before: 'Relu (node 20), Sub (node 19)',
      after: 'Tanh (node 21), Sub (node 19)',
    },
    { path: 'Tanh (node 21)', before: null, after: 'of Relu (node 20)' },
  ]);
});

describe('nodes in another order', () => {
  /** Any order in which every node comes after the nodes that it reads. */
  const shuffled = (nodes: NodeProto[], draw: (below: number) => number): NodeProto[] => {
    const readsOf = ({ input = [], attribute = [] }: NodeProto): readonly string[] => [
      ...input!,
      ...attribute!.flatMap(({ g }) => (g?.node ?? []).flatMap((inner) => inner.input ?? [])),
    ];
    const left = [...nodes];
    const made = new Set(nodes.flatMap(({ output }) => output ?? []));
    const done: NodeProto[] = [];
    while (left.length > 0) {
      const ready = left.filter((node) => readsOf(node).every((name) => !made.has(name)));
      const [next] = left.splice(left.indexOf(ready[draw(ready.length)]!), 1);
      for (const name of next!.output ?? []) made.delete(name);
      done.push(next!);
    }
    return done;
  };
  const reorder = (model: ModelProto, draw: (below: number) => number): ModelProto => {
    model.graph!.node = shuffled(model.graph!.node!, draw);
    return model;
  };
  const labels = (model: ModelProto) => (model.graph?.node ?? []).map((node) => JSON.stringify(node));

  test('are one change, or none where equal nodes changed places, whatever the names are', () => {
    let orders = 0;
    fc.assert(
      fc.property(plans, fc.array(fc.nat(13), { minLength: 14, maxLength: 14 }), (all, drawn) => {
        let at = 0;
        const draw = (below: number): number => drawn[at++ % drawn.length]! % below;
        const [a, b] = [modelOf(all), reorder(modelOf(all, OTHER), draw)];
        const { changes, nodes } = compareGraphs(a, b);
        expect(changes.filter(({ path }) => path !== 'order of nodes')).toEqual([]);
        expect(changes.length).toBeLessThan(2);
        expect(nodes.same).toBe(nodes.before);
        orders += changes.length;
      }),
      { numRuns: 200 },
    );
    expect(orders).toBeGreaterThan(20);
  });

  test('47 nodes that were sorted differently are one line, and a changed node among them is found', () => {
    const chains = (count: number): Plan[] =>
      Array.from({ length: count }, (_, i) => ({
        op: 'LeakyRelu',
        reads: [Math.min(i, 1), 0],
        alpha: 1 + (i % 9),
        axis: 0,
        inside: ['Relu'],
      }));
    const draw = (below: number): number => below - 1;
    const a = modelOf(chains(47));
    const b = reorder(modelOf(chains(47), OTHER), draw);
    expect(labels(a)).not.toEqual(labels(b));
    expect(compareGraphs(a, b).changes).toEqual([
      {
        path: 'order of nodes',
        before: null,
        after: expect.stringMatching(/^\d+ of 47 nodes are at another place, and compute the same$/),
      },
    ]);
    const last = b.graph!.node!.find(({ output }) => output![0] === 'y')!;
    last.opType = 'Erf';
    const paths = compareGraphs(a, b).changes.map(({ path }) => path);
    expect(paths[0]).toBe('order of nodes');
    expect(paths.slice(1)).toEqual(['LeakyRelu (node 46)', 'Erf (node 46)', 'output y']);
  });
});
