/** Tests of docs/deploy.md: its table of opsets, and what it says about artifacts and callers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { later, OPSETS } from '../../compiler/ir/opsets.ts';
import { type CompileOptions, compile } from '../../index.ts';
import { emitCompiled } from '../../pipeline/compile.ts';
import { EXAMPLES } from '../examples.ts';

const guide = readFileSync(join(import.meta.dirname, '../../docs/deploy.md'), 'utf8');

const rowsBelow = (heading: string): readonly (readonly string[])[] => {
  const [, after] = guide.split(heading);
  const lines = after!.split('\n').slice(2);
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(0, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
};

test('its table of opsets is the compiler’s', () => {
  expect(rowsBelow('| opset | IR version | lowest ONNX Runtime |')).toEqual(
    OPSETS.map((row) => [String(row.opset), String(row.irVersion), row.onnxRuntime]),
  );
});

test('the artifacts in its second table name these versions', () => {
  const { source } = EXAMPLES.find(({ spec }) => spec.name === 'Tiny')!;
  const oldest = (options: CompileOptions): string =>
    emitCompiled(compile(source, options).value!, { weights: { label: '', random: true } }).versions
      .onnxRuntime;
  const cases: readonly (readonly CompileOptions[])[] = [
    [{ target: 'portable' }],
    [{ target: 'webgpu' }],
    [{ target: 'cuda' }],
    (['encode', 'forward', 'begin', 'prefill'] as const).map((entry) => ({ entry })),
    (['generate', 'step', 'advance'] as const).map((entry) => ({ entry })),
    [{ target: 'webgpu', precision: 'int4' }],
    [{ target: 'webgpu', precision: 'int8' }],
  ];
  const rows = rowsBelow('| artifact | opset | lowest ONNX Runtime | reason |');
  expect(cases).toHaveLength(rows.length);
  for (const [i, [artifact, , version]] of rows.entries())
    expect(cases[i]!.map(oldest).reduce(later), artifact).toBe(version);
});
