/**
 * Makes hostile files out of valid ones: flipped bits, truncation, false lengths, deep nesting, cycles, huge dims, path
 * traversal, initializers that expand without limit. One seed determines everything, so that failures can be repeated.
 */
import { decodeModelProto, encodeModelProto } from '../onnx_messages.ts';

export type Random = (below: number) => number;

/** The generator mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

type Mutate = (bytes: Uint8Array, random: Random) => Uint8Array;

const pick = <T>(list: readonly T[], random: Random): T | undefined =>
  list.length === 0 ? undefined : list[random(list.length)];

/** Lengths that no tensor has, and the limits of integers. */
const HUGE = [-1, 0, 2 ** 20, 2 ** 31 - 1, 2 ** 31, 2 ** 40, 2 ** 53, 2 ** 62, -(2 ** 62)];

const PATHS = [
  ...[
    '../secret',
    '../../../../etc/passwd',
    '/etc/passwd',
    'C:\\Windows\\win.ini',
    '..\\secret',
    'a/../../secret',
  ],
  ...[
    'link',
    'link/x',
    'loop',
    'here/../../secret',
    '',
    '.',
    'folder',
    'good.bin',
    'good.bin\0.txt',
    `${'x/'.repeat(2000)}y`,
  ],
];

/** A message as protobufjs decodes it. Mutations need not make sense. */
type Message = Record<string, unknown>;

const listOf = (message: Message, key: string): Message[] => (message[key] as Message[] | undefined) ?? [];
const strings = (message: Message, key: string): string[] => (message[key] as string[] | undefined) ?? [];

/** Changes the messages of a model if they can be decoded, and its bytes otherwise. */
const structured =
  (change: (model: Message, graph: Message, random: Random) => void): Mutate =>
  (bytes, random) => {
    const model = decodeModelProto(bytes) as unknown as Message;
    change(model, model.graph as Message, random);
    return encodeModelProto(model);
  };

const graphsIn = (graph: Message): Message[] => [
  graph,
  ...listOf(graph, 'node').flatMap((node) =>
    listOf(node, 'attribute').flatMap((a) => (a.g ? graphsIn(a.g as Message) : [])),
  ),
];

const anyNode = (model: Message, graph: Message, random: Random): Message | undefined =>
  pick(
    [...graphsIn(graph), ...listOf(model, 'functions')].flatMap((g) => listOf(g, 'node')),
    random,
  );

const MUTATIONS: Readonly<Record<string, Mutate>> = {
  bits: (bytes, random) => {
    const out = bytes.slice();
    for (let i = 0; i <= random(8); i++) out[random(out.length)]! ^= 1 << random(8);
    return out;
  },
  truncation: (bytes, random) => bytes.slice(0, random(bytes.length)),
  lengths: (bytes, random) => {
    const out = bytes.slice();
    const at = random(out.length);
    out.fill(0xff, at, at + 1 + random(12));
    return out;
  },
  'bytes in between': (bytes, random) => {
    const at = random(bytes.length);
    const more = Uint8Array.from({ length: 1 + random(40) }, () => random(256));
    return Uint8Array.from([...bytes.subarray(0, at), ...more, ...bytes.subarray(at)]);
  },
  'bytes left out': (bytes, random) => {
    const at = random(bytes.length);
    return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + random(40))]);
  },
  'a piece somewhere else': (bytes, random) => {
    const out = bytes.slice();
    const from = random(out.length);
    out.copyWithin(random(out.length), from, from + random(2000));
    return out;
  },
  'deep graphs': structured((_, graph, random) => {
    let inner: Message = { name: 'deep', node: [], input: [], output: [], initializer: [] };
    for (let i = 0; i < 10 + random(60); i++) {
      const attribute = [{ name: 'body', type: 5, g: inner }];
      inner = {
        name: 'deep',
        node: [{ opType: pick(['Loop', 'If', 'Scan'], random), input: [''], output: [`d${i}`], attribute }],
      };
    }
    listOf(graph, 'node').push(...(inner.node as Message[]));
  }),
  cycles: structured((model, graph, random) => {
    const all = [...graphsIn(graph), ...listOf(model, 'functions')].map((g) => listOf(g, 'node'));
    const nodes = pick(all, random)!;
    for (let i = 0; i < 3; i++) {
      const [reader, writer] = [pick(nodes, random), pick(nodes, random)];
      const ins = reader && strings(reader, 'input');
      if (ins && ins.length > 0 && writer) ins[random(ins.length)] = strings(writer, 'output')[0] ?? '';
    }
  }),
  'huge dims': structured((_, graph, random) => {
    const tensor = pick(
      graphsIn(graph).flatMap((g) => listOf(g, 'initializer')),
      random,
    );
    if (tensor) tensor.dims = Array.from({ length: 1 + random(5) }, () => pick(HUGE, random));
    const info = pick(
      [...listOf(graph, 'valueInfo'), ...listOf(graph, 'input'), ...listOf(graph, 'output')],
      random,
    );
    const type = (info?.type as Message | undefined)?.tensorType as Message | undefined;
    if (type)
      type.shape = { dim: Array.from({ length: 1 + random(40) }, () => ({ dimValue: pick(HUGE, random) })) };
  }),
  'huge constants': structured((model, graph, random) => {
    const tensors = [...graphsIn(graph), ...listOf(model, 'functions')].flatMap((g) => [
      ...listOf(g, 'initializer'),
      ...listOf(g, 'node').flatMap((n) =>
        listOf(n, 'attribute').flatMap((a) => (a.t ? [a.t as Message] : [])),
      ),
    ]);
    for (let i = 0; i < 4; i++) {
      const tensor = pick(
        tensors.filter((t) => t.dataType === 7),
        random,
      );
      if (!tensor) return;
      const count = 1 + random(3);
      Object.assign(tensor, {
        dims: [count],
        rawData: undefined,
        int64Data: Array.from({ length: count }, () => pick(HUGE, random)),
      });
    }
  }),
  'path traversal': structured((_, graph, random) => {
    for (const tensor of listOf(graph, 'initializer').slice(0, 1 + random(4))) {
      const fields = [
        { key: 'location', value: pick(PATHS, random) },
        { key: 'offset', value: pick(['0', '-1', '99999999999999999999', '1e9', '4', '0x10'], random) },
        { key: 'length', value: pick(['0', '-8', '9007199254740993', '12', ''], random) },
      ];
      Object.assign(tensor, {
        rawData: undefined,
        floatData: [],
        int64Data: [],
        dataLocation: 1,
        externalData: fields,
      });
    }
  }),
  bombs: structured((_, graph, random) => {
    const shape = {
      name: 'bomb',
      dims: [4],
      dataType: 7,
      int64Data: [1, 2, 3, 4].map(() => pick(HUGE, random)),
    };
    listOf(graph, 'initializer').push(shape, {
      name: 'bomb2',
      dims: [pick(HUGE, random), pick(HUGE, random)],
      dataType: 1,
      rawData: new Uint8Array(8),
    });
    const op = pick(
      ['ConstantOfShape', 'Expand', 'Tile', 'Reshape', 'Range', 'OneHot', 'Pad', 'Resize', 'EyeLike'],
      random,
    );
    listOf(graph, 'node').push({
      opType: op,
      input: ['bomb', 'bomb', 'bomb', 'bomb'],
      output: ['boom'],
      attribute: [],
    });
  }),
  'attributes and operators': structured((model, graph, random) => {
    for (let i = 0; i < 4; i++) {
      const [node, other] = [anyNode(model, graph, random), anyNode(model, graph, random)];
      if (!node || !other) return;
      const attribute = pick(listOf(node, 'attribute'), random);
      const what = random(5);
      if (attribute && what === 0) attribute.i = pick(HUGE, random);
      else if (attribute && what === 1) attribute.ints = [pick(HUGE, random), random(5) - 2];
      else if (attribute && what === 2) attribute.type = random(16);
      else if (what === 3) node.opType = other.opType;
      else node.input = [...strings(other, 'input'), ...strings(node, 'input')].slice(0, random(6));
    }
  }),
  functions: structured((model, _, random) => {
    const functions = listOf(model, 'functions');
    const [f, g] = [pick(functions, random), pick(functions, random)];
    if (!f || !g) return;
    // Two calls in each function: without remembered results, the work doubles with each level of depth.
    const call = {
      opType: g.name,
      domain: g.domain,
      overload: g.overload,
      input: strings(g, 'input'),
      output: strings(f, 'output'),
      attribute: [],
    };
    listOf(f, 'node').push(call, { ...call });
    if (random(2)) functions.push({ ...f });
  }),
};

export const KINDS = Object.keys(MUTATIONS);

export function mutant(bytes: Uint8Array, kind: string, seed: number): Uint8Array {
  // The slices of a Buffer would share its bytes, so they are copied.
  return MUTATIONS[kind]!(new Uint8Array(bytes), randomFrom(seed));
}
