/**
 * Compares our inference with ONNX's own on its test models of every operator, and our table of schemas with those of
 * ONNX and ONNX Runtime. Needs `.venv`, which `.ci/run` makes; without it the tests are skipped with a warning.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkOnnx, inMemory, openModel } from '../../check/index.ts';
import type { Value } from '../../check/infer/types.ts';

const PYTHON = join('.venv', 'bin', 'python');
const ready = existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import onnx, onnxruntime']).status === 0;
if (!ready) console.warn(`SKIPPED: ${PYTHON} with onnx and onnxruntime is not there; run .ci/run to make it`);

const FOREIGN = join(import.meta.dirname, 'foreign');
const folder = mkdtempSync(join(tmpdir(), 'benben-onnx-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Type = string | readonly [dtype: number, dims: readonly (number | null)[] | null];
type Expected = Readonly<
  Record<
    string,
    { readonly declared: Record<string, Type>; readonly inferred: Record<string, Type | null> | null }
  >
>;

/** Operators without an inference rule, for which D634 is reported. */
const RULELESS =
  /adagrad|adam|momentum|affine_grid|ai_onnx_ml|causal_conv|center_crop|deform_conv|basic_deform|^test_dft|flex_?attention|image_decoder|linear_?attention|linattn|melweight|sequence_map|^test_stft|string_split|strnormalizer|swiglu|tfidf/i;

/** How a value differs from the expected type, as text. */
function difference(value: Value | undefined, type: Type): string | undefined {
  if (!value) return 'unknown';
  if (typeof type === 'string') return value.kind === 'tensor' ? 'a tensor' : undefined;
  if (value.kind !== 'tensor' || value.dtype !== type[0]) return `of another type: ${JSON.stringify(value)}`;
  const [, dims] = type;
  if (!dims) return undefined;
  if (!value.shape) return 'of no known rank';
  const wrong = value.shape.some((d, i) => typeof d === 'number' && dims[i] !== null && d !== dims[i]);
  return value.shape.length !== dims.length || wrong
    ? `[${value.shape.join(', ')}] for [${dims.join(', ')}]`
    : undefined;
}

describe.skipIf(!ready)('ONNX agrees', () => {
  test('on schemas', () => {
    const { stdout, stderr } = spawnSync(PYTHON, [join(FOREIGN, 'make_schemas.py'), '--check'], {
      encoding: 'utf8',
    });
    expect(
      stdout
        .trim()
        .split('\n')
        .filter((line) => !line.endsWith(': ok')),
      stderr,
    ).toEqual([]);
  });

  test('on types and shapes', () => {
    const made = spawnSync(PYTHON, [join(FOREIGN, 'node_models.py'), folder], { encoding: 'utf8' });
    expect(made.status, made.stderr).toBe(0);
    const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;
    const wrong: string[] = [];
    const reported: string[] = [];
    let outputs = 0;
    for (const [name, { declared, inferred }] of Object.entries(expected)) {
      const whole = readFileSync(join(folder, `${name}.onnx`));
      // ONNX's models contain expanded functions, in which some nodes are unused.
      const findings = checkOnnx(inMemory(whole)).filter(
        ({ code }) => !['D618', 'D634', 'D608'].includes(code),
      );
      reported.push(...findings.map(({ code, message }) => `${name}: ${code} ${message}`));
      const { facts } = openModel(inMemory(readFileSync(join(folder, `${name}.bare.onnx`))));
      for (const [output, type] of Object.entries(declared)) {
        outputs++;
        const value = facts!.inference.values.get(output);
        const found = difference(value, type);
        const open =
          found === 'unknown' ||
          found === 'of no known rank' ||
          found?.startsWith('of another type: {"kind":"tensor","dtype":0');
        // ONNX does not infer this value either, because it is known only at run time.
        const theirs = inferred?.[output];
        const free = theirs == null || (typeof theirs !== 'string' && theirs[1] === null);
        if (found !== undefined && !(open && (free || RULELESS.test(name))))
          wrong.push(`${name} ${output}: ${found}`);
      }
    }
    expect(reported).toEqual([]);
    expect(wrong).toEqual([]);
    expect(outputs).toBeGreaterThan(2000);
  });
});
