/**
 * Every op on every one of its samples: the inferred types, the reference values and what ONNX Runtime computes
 * agree. A new op needs no test of its own here, only samples that reach its rules.
 */
import { describe, expect, test } from 'vitest';
import { bodyOf, inferTypes } from '../../../compiler/ir/build.ts';
import type { Attrs, TensorType } from '../../../compiler/ir/graph.ts';
import { interpret } from '../../../compiler/ir/interpret.ts';
import { isComposite, type Op, type Sample, type Tensor } from '../../../compiler/ir/op.ts';
import { verify } from '../../../compiler/ir/verify.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { runOnnx } from '../emit/onnx.ts';
import { deviation, type OneOp, oneOp, sampleName, sampleTensors, typeOf, weightByName } from './samples.ts';

/** The ops without samples, and the reason. */
const WITHOUT_SAMPLES: Readonly<Record<string, string>> = {
  attribute: 'has a value only inside the body of an op',
  loop: 'is a region, not a function: build.test.ts and random graphs run it',
};

const means = ({ graph, inputs }: OneOp): Record<string, Tensor> =>
  interpret(graph, inputs, weightByName, OPS);

function expectClose(got: Readonly<Record<string, Tensor>>, want: Readonly<Record<string, Tensor>>): void {
  expect(Object.keys(got)).toEqual(Object.keys(want));
  for (const [name, tensor] of Object.entries(want)) {
    const distance = deviation(got[name]!, tensor);
    expect.soft(distance, name).toBeTypeOf('number');
  }
}

/** The types, but each length that depends on values and has only a name is replaced by the length of the value. */
const withLengths = (types: readonly TensorType[], values: readonly TensorType[]): readonly TensorType[] =>
  types.map(({ dtype, shape }, i) => ({
    dtype,
    shape: shape.map((d, axis) => (typeof d === 'string' ? values[i]!.shape[axis]! : d)),
  }));

/** Attributes as in the body of a function: lengths by name, numbers by reference. */
const opened = (op: Op, attrs: Attrs): Attrs =>
  Object.fromEntries(
    Object.entries(attrs).map(([name, value]) => {
      const kind = op.attrs[name]!.kind;
      return [name, kind === 'dim' ? `@${name}` : kind === 'float' ? { ref: name } : value];
    }),
  );

/** The attribute values that select how an op computes. The result must be the same for all of them. */
function waysOf(op: Op, sample: Sample): readonly Attrs[] {
  const kernels = isComposite(op) ? Object.keys(op.kernels?.forms ?? {}) : [];
  const other = op.samples.flatMap((s) =>
    Object.entries(s.attrs ?? {}).filter(([name]) => op.attrs[name]?.hint),
  );
  const ways = [
    ...kernels.map((kernel): Attrs => ({ kernel })),
    ...other.map(([name, value]): Attrs => ({ [name]: value })),
  ];
  const defaults = Object.entries(op.attrs).flatMap(([name, a]) =>
    a.hint ? [[name, a.default!] as const] : [],
  );
  const all = [...ways, ...defaults.map(([name, value]): Attrs => ({ [name]: value }))];
  const unique = new Map(all.map((way) => [JSON.stringify(way), way]));
  return [...unique.values()].filter((way) =>
    Object.entries(way).some(([name, v]) => sample.attrs?.[name] !== v),
  );
}

for (const op of Object.values(OPS)) {
  describe(op.name, () => {
    if (op.samples.length === 0) {
      test('has a reason to have no samples', () => expect(WITHOUT_SAMPLES).toHaveProperty(op.name));
    }
    for (const sample of op.samples) {
      describe(sampleName(op, sample), () => {
        const one = oneOp(op, sample);

        test('infers the types that its values have', () => {
          const types = sampleTensors(sample).map((t) => t && typeOf(t));
          const [node] = one.graph.nodes;
          const values = Object.values(means(one)).map(typeOf);
          expect(values).toEqual(withLengths(inferTypes(op, types, node!.attrs), values));
          expect(verify(one.graph, OPS)).toEqual([]);
        });

        test('gives the same when lengths are symbols', () => {
          const symbolic = oneOp(op, sample, { symbolic: true });
          expect(verify(symbolic.graph, OPS)).toEqual([]);
          expect(means(symbolic)).toEqual(means(one));
        });

        if (op.commutative) {
          test('does not depend on the order of its inputs', () => {
            const [x, y] = sample.ins;
            const names = { in0: one.inputs.in1!, in1: one.inputs.in0! };
            const swapped = oneOp(op, { ...sample, ins: [y!, x!] });
            expect(means({ graph: swapped.graph, inputs: names })).toEqual(means(one));
          });
        }

        test('gives the same in ONNX Runtime', async () => {
          expectClose(await runOnnx(one.graph, one.inputs), means(one));
          const symbolic = oneOp(op, sample, { symbolic: true });
          expectClose(await runOnnx(symbolic.graph, symbolic.inputs), means(one));
        });

        if (isComposite(op) && op.onnxFunction) {
          test('gives the same with its function expanded in place', async () => {
            const symbolic = oneOp(op, sample, { symbolic: true });
            expectClose(await runOnnx(symbolic.graph, symbolic.inputs, { inline: true }), means(one));
          });
        }

        if (isComposite(op)) {
          test('has one body for all lengths and attributes', () => {
            const { graph } = oneOp(op, sample, { symbolic: true });
            const node = graph.nodes.at(-1)!;
            const types = node.ins.map((id) => (id === null ? null : graph.types[id]!));
            const body = bodyOf(op, types, opened(op, node.attrs)).graph;
            expect(verify(body, OPS)).toEqual([]);
            const given = Object.values(one.inputs).map((t, i) => [body.inputs[i]!.name, t] as const);
            expect(interpret(body, Object.fromEntries(given), weightByName, OPS, node.attrs)).toEqual(
              means(one),
            );
          });
        }

        for (const way of waysOf(op, sample)) {
          test(`gives the same with ${JSON.stringify(way)}`, async () => {
            const other = oneOp(op, sample, { attrs: way });
            expectClose(means(other), means(one));
            expectClose(await runOnnx(other.graph, other.inputs), means(one));
            const symbolic = oneOp(op, sample, { attrs: way, symbolic: true });
            expectClose(await runOnnx(symbolic.graph, symbolic.inputs), means(one));
          });
        }
      });
    }
  });
}
