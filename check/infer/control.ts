/** Rules of `If`, `Loop` and `Scan`, which depend on the types of their bodies, and rules of sequences. */
import type { Graph } from '../../compiler/onnx/model.ts';
import { counted } from '../rule.ts';
import { DT } from '../sizes.ts';
import {
  axisOf,
  type Call,
  fail,
  type InferenceRule,
  type InferenceRules,
  int,
  ints,
  type Out,
  shapeIn,
  valueIn,
} from './call.ts';
import { join, keyOf, merge, type Size, type TensorValue, tensorOf, type Value, valueText } from './types.ts';

const graph = (call: Call, name: string): Graph | undefined => call.attribute(name)?.g;

const whole = (value: Value | undefined): Out | undefined => value && { whole: value };

const branches: InferenceRule = (call) => {
  const [yes, no] = [graph(call, 'then_branch'), graph(call, 'else_branch')];
  if (!yes || !no) return [];
  const [a, b] = [call.body(yes, []), call.body(no, [])];
  if (a.length !== call.outputs || b.length !== call.outputs)
    fail(`If has ${counted(call.outputs, 'output')}, but its branches have ${a.length} and ${b.length}`);
  return a.map((value, i) => {
    const other = b[i];
    if (dtypesDiffer(value, other))
      fail(`output ${i} of If is ${valueText(value)} in one branch and ${valueText(other)} in the other`);
    return whole(join(value, other) ?? (value?.kind === 'tensor' ? tensorOf(value.dtype) : value));
  });
};

/** Whether two tensors have known element types that differ. */
const dtypesDiffer = (a: Value | undefined, b: Value | undefined): boolean =>
  a?.kind === 'tensor' && b?.kind === 'tensor' && a.dtype > 0 && b.dtype > 0 && a.dtype !== b.dtype;

const dropValue = (value: Value | undefined): Value | undefined => {
  if (value?.kind !== 'tensor') return value;
  return tensorOf(value.dtype, value.shape);
};

/** The maximum number of iterations that are tried until the types of the carried values no longer change. */
const MOST_ITERATIONS = 4;

const rankOnly = (value: Value | undefined): Value | undefined =>
  value?.kind === 'tensor'
    ? tensorOf(
        value.dtype,
        value.shape?.map((): Size => undefined),
      )
    : value;

/**
 * The types of the carried values in every iteration. The initial types are widened with the types that the body
 * returns, until nothing changes. A length that differs between iterations becomes unknown.
 */
function settled(
  call: Call,
  body: Graph,
  first: readonly (Value | undefined)[],
  inputs: (carried: readonly (Value | undefined)[]) => readonly (Value | undefined)[],
  returned: (outputs: readonly (Value | undefined)[]) => readonly (Value | undefined)[],
): readonly (Value | undefined)[] {
  let carried = first.map(dropValue);
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const back = returned(call.body(body, inputs(carried), true));
    const next = carried.map((value, i) => {
      const other = back[i];
      if (!value || !other) return value;
      if (dtypesDiffer(value, other))
        fail(`${call.op} passes ${valueText(value)} to its body, but the body returns ${valueText(other)}`);
      return dropValue(join(value, other)) ?? (value.kind === 'tensor' ? tensorOf(value.dtype) : value);
    });
    const same = next.every((value, i) => keyOf(value) === keyOf(carried[i]));
    carried = next;
    if (same) return carried;
  }
  return carried.map(rankOnly);
}

const loop: InferenceRule = (call) => {
  const body = graph(call, 'body');
  if (!body) return [];
  const first = call.ins.slice(2);
  const n = first.length;
  if (body.input.length !== n + 2)
    fail(
      `Loop carries ${counted(n, 'value')}, so its body needs ${n + 2} inputs, but the body has ${body.input.length}`,
    );
  const scans = body.output.length - 1 - n;
  if (scans < 0)
    fail(
      `Loop carries ${counted(n, 'value')}, so its body needs at least ${counted(n + 1, 'output')}, but the body has ${body.output.length}`,
    );
  if (call.outputs !== n + scans)
    fail(`Loop has ${counted(call.outputs, 'output')}, but its body returns ${n + scans}`);
  const inputs = (carried: readonly (Value | undefined)[]): readonly (Value | undefined)[] => [
    tensorOf(DT.int64, []),
    tensorOf(DT.bool, []),
    ...carried,
  ];
  const carried = settled(call, body, first, inputs, (outputs) => outputs.slice(1, n + 1));
  const outputs = call.body(body, inputs(carried));
  const going = outputs[0];
  if (going?.kind === 'tensor' && going.dtype !== 0 && going.dtype !== DT.bool)
    fail(`Loop needs a body whose first output is bool, but it is ${valueText(going)}`);
  const trips: Size = call.has(0) && !call.has(1) ? valueIn(call, 0)?.[0] : undefined;
  return [
    // A loop without iterations returns its initial values.
    ...carried.map((value, i) => {
      const last = outputs[i + 1];
      return whole(join(value, last) ?? (value?.kind === last?.kind ? value : last));
    }),
    ...outputs
      .slice(n + 1)
      .map((value) => (value?.kind === 'tensor' ? { whole: stacked(value, trips) } : undefined)),
  ];
};

const stacked = ({ dtype, shape }: TensorValue, length: Size): Value =>
  tensorOf(dtype, shape && [length, ...shape]);

const scan: InferenceRule = (call) => {
  const body = graph(call, 'body');
  if (!body) return [];
  const n = int(call, 'num_scan_inputs', 0);
  // Version 8 takes the sequence lengths as its first input, and has a batch axis before all other axes.
  const old = call.version < 9;
  const given = old ? call.ins.slice(1) : call.ins;
  const states = given.length - n;
  if (n < 1 || states < 0) fail(`Scan has ${counted(given.length, 'input')}, but num_scan_inputs is ${n}`);
  if (body.input.length !== given.length)
    fail(`Scan has ${counted(given.length, 'input')}, but its body has ${body.input.length}`);
  if (body.output.length < states)
    fail(
      `Scan has ${counted(states, 'state')}, but its body has only ${counted(body.output.length, 'output')}`,
    );
  if (call.outputs !== body.output.length)
    fail(`Scan has ${counted(call.outputs, 'output')}, but its body returns ${body.output.length}`);
  for (const name of ['scan_input_directions', 'scan_output_directions', 'directions']) {
    const bad = ints(call, name)?.find((way) => way !== 0 && way !== 1);
    if (bad !== undefined) fail(`Scan: ${name} contains ${bad}, but must contain 0 or 1`);
  }
  const axes = (name: string, i: number): number => (old ? 1 : (ints(call, name)?.[i] ?? 0));
  let length: Size;
  const slices = given.slice(states).map((value, i) => {
    if (value?.kind !== 'tensor' || !value.shape) return undefined;
    const axis = axes('scan_input_axes', i);
    const at = axis < 0 ? axis + value.shape.length : axis;
    if (!(at in value.shape)) fail(`Scan runs along axis ${axis}, which ${valueText(value)} does not have`);
    if (typeof length !== 'number') length = value.shape[at] ?? length;
    const rest = value.shape.toSpliced(at, 1);
    return tensorOf(value.dtype, old ? rest.slice(1) : rest);
  });
  const batch = (value: Value | undefined): Size => (value?.kind === 'tensor' ? value.shape?.[0] : undefined);
  const unbatched = (value: Value | undefined): Value | undefined =>
    old && value?.kind === 'tensor' ? tensorOf(value.dtype, value.shape?.slice(1)) : value;
  const first = given.slice(0, states).map(unbatched);
  if (length === 0) fail('Scan runs along an axis without elements');
  // The states keep their shapes in all iterations.
  const carried = first.map(dropValue);
  const outputs = call.body(body, [...carried, ...slices]);
  carried.forEach((value, i) => {
    const both = merge(value, outputs[i]);
    if (both && 'conflict' in both)
      fail(`Scan passes ${valueText(value)} to its body, but the body returns ${valueText(outputs[i])}`);
  });
  const size = batch(given[0]);
  return outputs.map((value, i) => {
    if (value?.kind !== 'tensor') return whole(value);
    if (i < states) {
      const state = join(carried[i], value) ?? value;
      return whole(old && state.kind === 'tensor' ? stacked(state, size) : state);
    }
    if (!value.shape) return { whole: tensorOf(value.dtype) };
    if (old) return { whole: tensorOf(value.dtype, [size, length, ...value.shape]) };
    const axis = axes('scan_output_axes', i - states);
    const rank = value.shape.length + 1;
    const at = axisOf(axis, rank, 'scan_output_axes');
    return { whole: tensorOf(value.dtype, value.shape.toSpliced(at, 0, length)) };
  });
};

const sequence = (of: Value | undefined): Out => ({ whole: { kind: 'sequence', ...(of && { of }) } });
const inside = (value: Value | undefined): Value | undefined =>
  value?.kind === 'sequence' || value?.kind === 'optional' ? value.of : undefined;

const construct: InferenceRule = ({ ins }) => [
  sequence(dropValue(ins.reduce((a, b) => join(a, b) ?? rankless(a), ins[0]))),
];
const rankless = (value: Value | undefined): Value | undefined =>
  value?.kind === 'tensor' ? tensorOf(value.dtype) : value;

const insert: InferenceRule = ({ ins }) => {
  const of = inside(ins[0]);
  return [sequence(of ? (join(of, dropValue(ins[1])) ?? rankless(of)) : dropValue(ins[1]))];
};

const optional: InferenceRule = (call) => {
  const of = call.ins[0];
  return [{ whole: { kind: 'optional', ...(of && { of: dropValue(of)! }) } }];
};

const fromSequence: InferenceRule = (call) => {
  const of = inside(call.ins[0]);
  if (of?.kind !== 'tensor') return [{}];
  const rank = of.shape && of.shape.length + int(call, 'new_axis', 0);
  return [
    {
      dtype: of.dtype,
      shape: rank === undefined ? undefined : Array.from({ length: rank }, () => undefined),
    },
  ];
};

const splitToSequence: InferenceRule = (call) => {
  const of = call.ins[0];
  if (of?.kind !== 'tensor') return [{}];
  const keep = call.has(1) || int(call, 'keepdims', 1) === 1;
  const rank = (shapeIn(call, 0)?.length ?? Number.NaN) - (keep ? 0 : 1);
  return [
    sequence(tensorOf(of.dtype, rank >= 0 ? Array.from({ length: rank }, () => undefined) : undefined)),
  ];
};

export const CONTROL: InferenceRules = {
  If: branches,
  Loop: loop,
  Scan: scan,
  SequenceConstruct: construct,
  SequenceInsert: insert,
  SequenceErase: ({ ins }) => [whole(ins[0])],
  SequenceAt: ({ ins }) => [whole(inside(ins[0]))],
  SequenceLength: () => [{ shape: [] }],
  SequenceEmpty: (call) => [sequence(tensorOf(int(call, 'dtype', DT.float)))],
  ConcatFromSequence: fromSequence,
  SplitToSequence: splitToSequence,
  Optional: optional,
  OptionalGetElement: ({ ins: [value] }) => [whole(value?.kind === 'optional' ? value.of : value)],
  OptionalHasElement: () => [{ shape: [] }],
};
