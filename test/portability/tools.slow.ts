/**
 * Tools of ONNX and ONNX Runtime accept artifacts, as docs/deploy.md says. The tests need `.venv`, which `.ci/run` makes;
 * without it they are skipped with a warning.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CompileOptions, compile } from '../../index.ts';
import { EXAMPLES } from '../examples.ts';
import { caseOf, manifestOf } from './artifact_cases.ts';

const PYTHON = join('.venv', 'bin', 'python');
const ready = existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import onnx, onnxruntime']).status === 0;
if (!ready) console.warn(`SKIPPED: ${PYTHON} with onnx and onnxruntime is not there; run .ci/run to make it`);

const TINY = EXAMPLES.find(({ spec }) => spec.name === 'Tiny')!.source;
/** A model without `soft_topk`, whose loop the float16 converter breaks. */
const PLAIN = { path: 'plain.ben', text: TINY.text.replace('soft_topk', 'hard_topk') };

const CASES: readonly (readonly [tool: string, CompileOptions, { inline: boolean }])[] = [
  ...(['encode', 'forward', 'generate', 'step'] as const).flatMap((entry) =>
    [{ entry }, { entry, opset: 20 }].flatMap((options) => [
      ['infer_shapes', options, { inline: false }] as const,
      ['inline', options, { inline: false }] as const,
      ['convert_version', options, { inline: true }] as const,
    ]),
  ),
  ['float16', { entry: 'step', opset: 20 }, { inline: true }],
];

async function said(tool: string, source: typeof TINY, options: CompileOptions, inline: boolean) {
  const folder = await mkdtemp(join(tmpdir(), 'benben-tools-'));
  try {
    const one = await caseOf(compile(source, options).value!, folder, 'model', { inline });
    const manifest = await manifestOf(folder, [one]);
    const run = spawnSync(PYTHON, ['test/portability/tools.py', tool, manifest], { encoding: 'utf8' });
    return run.stdout || run.stderr;
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe.skipIf(!ready)('tools', () => {
  test.each(CASES)('%s accepts an artifact with %j %j', async (tool, options, { inline }) => {
    expect(await said(tool, TINY, options, inline)).toBe('model: ok\n');
  });

  // This would be noticed too: then docs/deploy.md must change.
  test('a converter of versions loses functions', async () => {
    expect(await said('convert_version', TINY, { entry: 'encode', opset: 20 }, false)).toMatch(
      /not a registered function/,
    );
  });

  test('the converter to float16 accepts a model whose pooling has no loop', async () => {
    expect(await said('float16', PLAIN, { entry: 'forward', opset: 20 }, true)).toBe('model: ok\n');
  });
});
