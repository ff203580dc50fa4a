/** Changes of one-node models: types, shapes, elements, attributes, and numbers of inputs and outputs. */
import { schemaOf } from '../../../check/schema.ts';
import type { Graph } from '../foreign_models.ts';
import type { Random } from '../mutate.ts';
import { type Attributes, MUTANT_DTYPES, type Operand, type Sample } from './sample.ts';

type Mutation = (sample: Sample, random: Random) => Sample;

const pick = <T>(list: readonly T[], random: Random): T => list[random(list.length)]!;

/** Lengths, axes and indices that are likely to be wrong somewhere. */
const NUMBERS = [-7, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 8, 16];

const resized = (operand: Operand, dims: readonly number[]): Operand => {
  if (!operand.values) return { ...operand, dims };
  const length = dims.reduce((a, b) => a * b, 1);
  const values = Array.from({ length }, (_, i) => operand.values![i % operand.values!.length] ?? 0);
  return { ...operand, dims, values };
};

/** Changes one operand that is present. */
const onOperand =
  (change: (operand: Operand, random: Random, sample: Sample) => Operand | null): Mutation =>
  (sample, random) => {
    const present = sample.ins.flatMap((one, i) => (one ? [i] : []));
    if (present.length === 0) return sample;
    const at = pick(present, random);
    return { ...sample, ins: sample.ins.with(at, change(sample.ins[at]!, random, sample)) };
  };

const otherDim = (d: number, random: Random, { ins }: Sample): number => {
  const all = ins.flatMap((one) => one?.dims ?? []);
  return Math.max(0, pick([d + 1, d - 1, 2 * d, 1, 0, pick([d, ...all], random)], random));
};

const oneDim = onOperand((operand, random, sample) => {
  if (operand.dims.length === 0) return resized(operand, [pick([1, 2, 3], random)]);
  const axis = random(operand.dims.length);
  return resized(operand, operand.dims.with(axis, otherDim(operand.dims[axis]!, random, sample)));
});

const rank = onOperand((operand, random) => {
  const { dims } = operand;
  const at = random(dims.length + 1);
  const added = dims.toSpliced(at, 0, pick([1, 1, 2], random));
  return resized(operand, random(2) && dims.length > 0 ? dims.toSpliced(random(dims.length), 1) : added);
});

const sameShape: Mutation = (sample, random) => {
  const shapes = sample.ins.flatMap((one) => (one ? [one.dims] : []));
  if (shapes.length === 0) return sample;
  return onOperand((operand) => resized(operand, pick(shapes, random)))(sample, random);
};

const dtype = onOperand((operand, random) => ({ ...operand, dtype: pick(MUTANT_DTYPES, random) }));

/** Gives all operands of one type another one, so that they still agree. */
const dtypes: Mutation = (sample, random) => {
  const from = pick(sample.ins.flatMap((one) => (one ? [one.dtype] : [])).concat(1), random);
  const to = pick(MUTANT_DTYPES, random);
  return { ...sample, ins: sample.ins.map((one) => (one?.dtype === from ? { ...one, dtype: to } : one)) };
};

const element: Mutation = (sample, random) => {
  const constants = sample.ins.flatMap((one, i) => (one?.values?.length ? [i] : []));
  if (constants.length === 0) return sample;
  const at = pick(constants, random);
  const operand = sample.ins[at]!;
  const values = operand.values!.with(random(operand.values!.length), pick(NUMBERS, random));
  return { ...sample, ins: sample.ins.with(at, { ...operand, values }) };
};

const less = onOperand(() => null);
const shorter: Mutation = (sample) => ({ ...sample, ins: sample.ins.slice(0, -1) });
const more: Mutation = (sample, random) => {
  const extra = pick([...sample.ins, { dtype: 1, dims: [1] }], random);
  const empty = sample.ins.indexOf(null);
  const ins = empty >= 0 && random(2) ? sample.ins.with(empty, extra) : [...sample.ins, extra];
  return { ...sample, ins };
};
const swapped: Mutation = (sample, random) => {
  const [a, b] = [random(sample.ins.length || 1), random(sample.ins.length || 1)];
  if (sample.ins.length < 2) return sample;
  return { ...sample, ins: sample.ins.with(a, sample.ins[b]!).with(b, sample.ins[a]!) };
};
const outputs: Mutation = (sample, random) => ({
  ...sample,
  outs: Math.max(0, sample.outs + pick([-1, 1, 2], random)),
});

type AttributeValue = Attributes[string];

function otherValue(value: AttributeValue, random: Random): AttributeValue {
  if (typeof value === 'number') return pick([...NUMBERS, value + 1, value - 1, 2 * value], random);
  if (typeof value === 'string') return pick(['zork', '', value.toUpperCase()], random);
  if (Array.isArray(value)) {
    const list = value as readonly number[];
    const at = random(list.length || 1);
    return pick(
      [list.with(at, pick(NUMBERS, random)), list.slice(1), [...list, pick(NUMBERS, random)]],
      random,
    );
  }
  if ('f' in (value as object)) return { f: pick([0, -1, 1, 0.5], random) };
  if ('g' in (value as object)) return { g: otherBody((value as { g: Graph }).g, random) };
  return value;
}

/** Changes a body: its inputs, outputs, their types, or a node. */
function otherBody(graph: Graph, random: Random): Graph {
  const list = <T>(from: readonly T[] | undefined): readonly T[] => {
    const all = from ?? [];
    if (all.length === 0) return all;
    return random(2) ? all.toSpliced(random(all.length), 1) : [...all, pick(all, random)];
  };
  const retyped = (infos: readonly object[] | undefined): readonly object[] => {
    const all = (infos ?? []) as readonly { type?: { tensorType: object } }[];
    if (all.length === 0) return all;
    const at = random(all.length);
    const tensorType = { ...all[at]!.type?.tensorType, elemType: pick(MUTANT_DTYPES, random) };
    const shape = { dim: [{ dimValue: pick([1, 2, 3], random) }] };
    const type = {
      tensorType: random(2) ? tensorType : { ...tensorType, ...all[at]!.type?.tensorType, shape },
    };
    return all.with(at, { ...all[at]!, type });
  };
  const changes: readonly (() => Graph)[] = [
    () => ({ ...graph, input: list(graph.input) }),
    () => ({ ...graph, output: list(graph.output) }),
    () => ({ ...graph, input: retyped(graph.input) }),
    () => ({ ...graph, output: retyped(graph.output) }),
    () => ({ ...graph, output: (graph.output ?? []).toReversed() }),
    () => ({ ...graph, input: (graph.input ?? []).toReversed() }),
  ];
  return pick(changes, random)();
}

const attribute: Mutation = (sample, random) => {
  const names = Object.keys(sample.attributes);
  if (names.length === 0) return sample;
  const name = pick(names, random);
  return {
    ...sample,
    attributes: { ...sample.attributes, [name]: otherValue(sample.attributes[name]!, random) },
  };
};

const withoutAttribute: Mutation = (sample, random) => {
  const names = Object.keys(sample.attributes);
  if (names.length === 0) return sample;
  const { [pick(names, random)]: _, ...attributes } = sample.attributes;
  return { ...sample, attributes };
};

/** Adds an attribute that the operator has. */
const added: Mutation = (sample, random) => {
  const schema = schemaOf(sample.domain, sample.op, sample.domain ? 1 : sample.version);
  if (typeof schema !== 'object' || schema.attributes.size === 0) return sample;
  const [name, { letter }] = pick([...schema.attributes], random);
  const dims = sample.ins[0]?.dims ?? [];
  const values: Readonly<Record<string, AttributeValue>> = {
    i: pick(NUMBERS, random),
    f: { f: pick([0, 0.5, 1, -1], random) },
    s: pick(['zork', ''], random),
    I: dims.map(() => pick(NUMBERS, random)),
  };
  const value = values[letter];
  return value === undefined ? sample : { ...sample, attributes: { ...sample.attributes, [name]: value } };
};

/** How often each mutation is drawn. */
const DRAWN: readonly (readonly [Mutation, number])[] = [
  [oneDim, 6],
  [rank, 4],
  [sameShape, 2],
  [dtype, 3],
  [dtypes, 2],
  [element, 4],
  [less, 1],
  [shorter, 1],
  [more, 1],
  [swapped, 1],
  [outputs, 1],
  [attribute, 4],
  [withoutAttribute, 1],
  [added, 2],
];

const ALL: readonly Mutation[] = DRAWN.flatMap(([mutation, times]) =>
  new Array<Mutation>(times).fill(mutation),
);

/** A changed sample: one change, or sometimes two. */
export function mutantOf(sample: Sample, random: Random): Sample {
  const once = pick(ALL, random)(sample, random);
  return random(4) === 0 ? pick(ALL, random)(once, random) : once;
}
