/** Tests of the versions that an artifact declares: the lowest that its operators allow, or those that were asked for. */
import { describe, expect, test } from 'vitest';
import { checkOnnx, inMemory } from '../../../check/index.ts';
import { type Emitted, emit, encodeModel } from '../../../compiler/emit/index.ts';
import { isComposite, type Op, type Sample } from '../../../compiler/ir/op.ts';
import { fitsOpset, LOWEST_OPSET, later, OPSETS, versionsFor } from '../../../compiler/ir/opsets.ts';
import type { NodeProto } from '../../../compiler/onnx/model.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { type CompileOptions, compile } from '../../../index.ts';
import { PRECISIONS, TARGETS } from '../../../passes/pass.ts';
import { emitCompiled } from '../../../pipeline/compile.ts';
import { EXAMPLES } from '../../examples.ts';
import { oneOp } from '../ops/samples.ts';

const TINY = EXAMPLES.find(({ spec }) => spec.name === 'Tiny')!.source;
const emitted = (options: CompileOptions, inline = false): Emitted => {
  const { value, diagnostics } = compile(TINY, options);
  expect(diagnostics).toEqual([]);
  return emitCompiled(value!, { weights: { label: '', random: true }, inline });
};

describe('the table', () => {
  test('grows in each column, and begins with the opset of all operators', () => {
    expect(OPSETS[0]!.opset).toBe(LOWEST_OPSET);
    for (const [i, row] of OPSETS.slice(1).entries()) {
      const before = OPSETS[i]!;
      expect(row.opset).toBe(before.opset + 1);
      expect(row.irVersion).toBeGreaterThanOrEqual(before.irVersion);
      expect(later(before.onnxRuntime, row.onnxRuntime)).toBe(row.onnxRuntime);
    }
  });

  test('versions are compared as numbers', () => {
    expect(later('1.9', '1.18')).toBe('1.18');
    expect(later('1.18', '1.9')).toBe('1.18');
  });

  test('a kernel fits if the opset and its oldest ONNX Runtime have it', () => {
    expect(fitsOpset({}, 20)).toBe(true);
    expect(fitsOpset({ opset: 23 }, 22)).toBe(false);
    expect(fitsOpset({ opset: 23 }, 23)).toBe(true);
    expect(fitsOpset({ opset: 23, onnxRuntime: '1.24' }, 23)).toBe(false);
    expect(fitsOpset({ onnxRuntime: '1.19' }, 21)).toBe(false);
    expect(fitsOpset({ onnxRuntime: '1.19' }, 22)).toBe(true);
  });

  test('a model gets the lowest versions that its kernels and functions allow', () => {
    expect(versionsFor([{}], false)).toEqual({ opset: 20, irVersion: 9, onnxRuntime: '1.17' });
    expect(versionsFor([{}], true)).toEqual({ opset: 20, irVersion: 10, onnxRuntime: '1.18' });
    const needs = [{ opset: 23 }, {}, { onnxRuntime: '1.24' }];
    expect(versionsFor(needs, false)).toEqual({ opset: 23, irVersion: 11, onnxRuntime: '1.24' });
    expect(versionsFor([{}], false, 22)).toEqual({ opset: 22, irVersion: 10, onnxRuntime: '1.21' });
    expect(() => versionsFor(needs, false, 22)).toThrow(/needs opset 23/);
  });
});

/** An op without kernels has one form; every other form is a kernel. */
const formsOf = (op: Op): readonly (string | undefined)[] =>
  isComposite(op) && op.kernels ? ['body', ...Object.keys(op.kernels.forms)] : [undefined];

const FORMS = Object.values(OPS).flatMap((op) =>
  formsOf(op).flatMap((kernel) => (op.samples.length > 0 ? [[op.name, kernel, op] as const] : [])),
);

// A checker with the schemas of every version of every operator knows nothing of the field `needs`.
test.each(FORMS)('the operators of %s %s exist in the opset that it declares', (_, kernel, op) => {
  const attrs = kernel === undefined ? {} : { kernel };
  for (const sample of op.samples as readonly Sample[]) {
    const { graph } = oneOp(op, sample, { attrs });
    const options = { ops: OPS, metadata: {}, version: 'test', inline: true, dataFile: 'model.onnx.data' };
    const model = encodeModel(emit(graph, options));
    expect(checkOnnx(inMemory(model)).filter(({ severity }) => severity === 'error')).toEqual([]);
  }
});

describe('an artifact', () => {
  test.each([
    [
      { target: 'cpu', entry: 'encode' },
      { opset: 23, irVersion: 11, onnxRuntime: '1.23' },
    ],
    [
      { target: 'cpu', entry: 'generate' },
      { opset: 23, irVersion: 11, onnxRuntime: '1.24' },
    ],
    [{ target: 'cuda' }, { opset: 20, irVersion: 10, onnxRuntime: '1.21' }],
    [{ target: 'webgpu' }, { opset: 20, irVersion: 10, onnxRuntime: '1.18' }],
    [{ target: 'portable' }, { opset: 20, irVersion: 10, onnxRuntime: '1.18' }],
    [
      { target: 'webgpu', precision: 'int4' },
      { opset: 20, irVersion: 10, onnxRuntime: '1.19' },
    ],
  ] as const)('%j names %j', (options, versions) => {
    const { versions: own, options: written } = emitted(options);
    expect(own).toEqual(versions);
    expect(written.metadata['benben.onnx_runtime']).toBe(versions.onnxRuntime);
    expect(written.metadata).not.toHaveProperty('benben.opset');
  });

  const asked = OPSETS.flatMap((row) => TARGETS.flatMap((target) => [{ row, target }]));
  test.each(asked)('for $target with opset $row.opset runs on every version with this opset', (one) => {
    for (const precision of PRECISIONS.filter((p) => p !== 'fp16')) {
      const { versions, options } = emitted({ target: one.target, opset: one.row.opset, precision }, true);
      expect(versions).toEqual(one.row);
      expect(options.metadata['benben.opset']).toBe(String(one.row.opset));
    }
  });

  // The types of the values inside a function came with IR version 10.
  test('has IR version 9 only if it has no functions', () => {
    const versions = [true, false].map((inline) => emitted({ opset: 20 }, inline).versions);
    expect(versions.map(({ irVersion, onnxRuntime }) => [irVersion, onnxRuntime])).toEqual([
      [9, '1.17'],
      [10, '1.18'],
    ]);
  });

  test('with opset 20 has no operator of opset 23 in its functions or loops', () => {
    const text = JSON.stringify(emitted({ opset: 20 }), (_, v) => (typeof v === 'bigint' ? Number(v) : v));
    expect(text).not.toContain('"opType":"Attention"');
    expect(JSON.stringify(emitted({}).graph)).toContain('"opType":"Attention"');
  });

  test('an opset that is not in the table is refused', () => {
    const { diagnostics } = compile(TINY, { opset: 19 });
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'D570 opset is 19, but must be one of 20, 21, 22, 23',
    ]);
  });
});

// ONNX Runtime's symbolic shape inference ends with an exception where a Pad has the input `axes`.
test('a Pad gives sizes for all axes, because tools fail where axes are given', () => {
  const pads = (nodes: readonly NodeProto[]): readonly (readonly string[])[] =>
    nodes.filter(({ opType }) => opType === 'Pad').map(({ input }) => input ?? []);
  const all = (['fp32', 'int8', 'int4'] as const).flatMap((precision) => {
    const { graph, functions } = emitted({ precision });
    return [graph, ...functions].flatMap(({ node }) => pads(node ?? []));
  });
  expect(all.length).toBeGreaterThan(0);
  for (const input of all) expect(input).toHaveLength(3);
});
