/** Names of strangers in a log: they are no commands of a CI service, and control no terminal. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { info, modelBytes, node } from '../check/foreign_models.ts';
import { artifactIn, claiming } from '../runtime/tiny_artifact.ts';
import { invoke } from './invoke.ts';

const folder = mkdtempSync(join(tmpdir(), 'benben-names-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const EVIL =
  '::error::owned\n::error::twice\r\n\x1b[31mred\x9b2J\u202eder\u2066##[error]x##vso[task.setvariable]y';

/** A model in which everything that has a name has this one. */
const model = (n: string, op: string): Uint8Array =>
  modelBytes({
    name: n,
    input: [info(n, [2, n])],
    output: [info(`${n} out`, [2, 3])],
    node: [
      node(`${op} > y`, { [n]: 1 }, { input: [n], output: ['y'], name: n, domain: n }),
      node('F > z', {}, { input: ['y'], output: ['z'], name: `${n} 2`, domain: `${n} mine` }),
      node('MatMul > w', {}, { input: ['z', n], output: [`${n} out`], name: `${n} 3` }),
      node('Gone > w', {}, { opType: n, input: ['z'], output: ['w'] }),
    ],
    initializer: [{ name: `${n} weight`, dims: [2], dataType: 1, floatData: [1, 2] }],
    functions: [
      {
        name: 'F',
        domain: `${n} mine`,
        input: ['a'],
        output: ['b'],
        node: [node('Relu a > b', {}, { name: n })],
        opsetImport: [{ domain: '', version: 21 }],
      },
    ],
    opsets: { '': 21, [n]: 1, [`${n} mine`]: 1 },
    more: { producerName: n, metadataProps: [{ key: n, value: n }] },
  });

const [first, second] = [join(folder, 'a.onnx'), join(folder, 'b.onnx')];
writeFileSync(join(folder, 'document.txt'), 'a document');
writeFileSync(first, model(EVIL, 'Strange'));
writeFileSync(second, model(`${EVIL} other`, 'Stranger'));

const COMMANDS: readonly (readonly string[])[] = [
  ['inspect', first],
  ['inspect', first, '--device', 'webgpu'],
  ['inspect', first, '--json'],
  ['diff', first, second],
  ['diff', first, second, '--markdown'],
  ['diff', first, second, '--json'],
  ['check', first],
  ['check', first, '--device', 'webgpu'],
  ['check', first, '--format', 'json'],
  ['check', first, '--format', 'sarif'],
  ['check', first, '--format', 'github'],
];

describe.each(
  COMMANDS.map((args) => [args.map((one) => one.replace(`${folder}/`, '')).join(' '), args] as const),
)('%s', (_, args) => {
  test.each([false, true])('on a terminal: %s', async (terminal) => {
    const { code, out, err } = await invoke(args, { terminal, env: { NO_COLOR: '1' } });
    expect(code).toBeLessThan(2);
    const own = args.includes('github') ? /^::(?:error|warning|notice) file=/ : /^$/;
    for (const line of `${out}${err}`.split('\n')) {
      if (!own.test(line)) expect(line).not.toMatch(/^\s*::/);
      expect(line).not.toMatch(/(?!\t)[\p{Cc}\p{Cf}\u2028\u2029]/u);
      if (!args.includes('--json') && !args.includes('json')) expect(line).not.toMatch(/##\[|##vso\[/);
    }
    expect(`${out}${err}`).toContain('owned');
  });
});

test('run: the metadata of an artifact', async () => {
  const tiny = await artifactIn(folder, 'tiny.onnx');
  claiming(tiny, 'evil.onnx', { model: EVIL, weights: EVIL, target: EVIL, random: 'true' });
  const args = ['run', join(folder, 'evil.onnx'), '-i', join(folder, 'document.txt'), '--max', '2'];
  const { out, err } = await invoke(args, { env: { NO_COLOR: '1' } });
  expect(err).toContain('owned');
  for (const line of `${out}${err}`.split('\n')) {
    expect(line).not.toMatch(/^\s*::|##\[|##vso\[/);
    expect(line).not.toMatch(/(?!\t)[\p{Cc}\p{Cf}\u2028\u2029]/u);
  }
});

test('JSON has the names as they are', async () => {
  const { out } = await invoke(['inspect', first, '--json']);
  expect((JSON.parse(out) as { inputs: { name: string }[] }).inputs[0]!.name).toBe(EVIL);
  expect(out).toContain('\\u202e');
});
