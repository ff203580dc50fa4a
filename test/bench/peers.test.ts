// The logic of `npm run bench -- peers`. No test runs PyTorch.
import { expect, test } from 'vitest';
import { chosen } from '../../bench/choose.ts';
import {
  choiceVerdict,
  difference,
  exactVerdict,
  expectRight,
  roundedVerdict,
  WrongModel,
  wordsVerdict,
} from '../../bench/peers/compare.ts';
import { configOf } from '../../bench/peers/config.ts';
import { SMALL } from '../../bench/peers/models.ts';
import { findPython, type Machine, skipped, startPython } from '../../bench/peers/python.ts';
import { FORMS, type Form, type Measured, rowsOf, tableOf } from '../../bench/peers/table.ts';
import { compile } from '../../index.ts';

test('without arguments the usual benchmarks run, and peers only where it is named', () => {
  const of = (...args: string[]) => chosen(args, ['encoder', 'decode'], ['peers']);
  expect(of()).toEqual({ names: ['encoder', 'decode'] });
  expect(of('peers', 'decode')).toEqual({ names: ['peers', 'decode'] });
  expect(of('peer')).toEqual({
    wrong: "there is no benchmark 'peer'; the benchmarks are encoder, decode, peers",
  });
});

const machine = (has: {
  venv?: boolean;
  packages?: boolean;
  python?: boolean;
  windows?: boolean;
}): Machine => ({
  windows: has.windows ?? false,
  exists: () => has.venv ?? false,
  succeeds: (program) => (program.includes('.venv-peers') ? (has.packages ?? false) : (has.python ?? false)),
});

test('the interpreter of .venv-peers is used where it has the packages', () => {
  expect(findPython(machine({ venv: true, packages: true }))).toEqual({ path: '.venv-peers/bin/python' });
});

test('without packages, the message says what is missing and which command installs it', () => {
  const absent = findPython(machine({ python: true }));
  if (!('missing' in absent)) throw new Error('it was found');
  expect(skipped(absent)).toBe(
    [
      'SKIPPED: the comparison with PyTorch, because there is no .venv-peers/bin/python with the packages of',
      'bench/peers/requirements.txt. This command installs the packages (5.5 GB on Linux with x86-64):\n ',
      'python3 -m venv .venv-peers && .venv-peers/bin/python -m pip install -r bench/peers/requirements.txt',
    ].join(' '),
  );
  const bare = findPython(machine({ venv: true, python: true }));
  expect(bare).toMatchObject({ missing: expect.stringContaining('does not have the packages') });
});

test('without Python, the message asks for Python', () => {
  const none = findPython(machine({}));
  if (!('missing' in none)) throw new Error('it was found');
  expect(skipped(none)).toContain('there is no python3 on this machine. Install Python 3.10 or newer');
});

test('a Python that does not start rejects what it is asked', async () => {
  const python = startPython('no/such/python');
  await expect(python.ask('open')).rejects.toThrow(/ENOENT/);
  await python.close();
});

test('differences are the largest one and the relative norm, and NaN differs from everything', () => {
  const found = difference(Float32Array.of(3, 4), Float32Array.of(3, 4.5));
  expect(found).toEqual({ largest: 0.5, relative: 0.1 });
  expect(difference(Float32Array.of(1), Float32Array.of(Number.NaN)).largest).toBe(Number.POSITIVE_INFINITY);
  expect(difference(Float32Array.of(Number.NaN), Float32Array.of(1)).relative).not.toBeLessThanOrEqual(0.25);
  expect(() => difference(Float32Array.of(1), new Float32Array(2))).toThrow('1 numbers were expected');
});

test('a wrong model is refused', () => {
  const at = (largest: number, relative: number) => ({ largest, relative });
  expect(exactVerdict('x', at(9e-4, 0)).right).toBe(true);
  expect(exactVerdict('x', at(2e-3, 0)).right).toBe(false);
  expect(exactVerdict('x', at(Number.POSITIVE_INFINITY, 0)).right).toBe(false);
  expect(roundedVerdict('x', at(9, 0.02)).right).toBe(true);
  expect(roundedVerdict('x', at(9, Number.NaN)).right).toBe(false);
  expect(choiceVerdict('x', [0.99, 1]).right).toBe(true);
  expect(choiceVerdict('x', [1, 0.9]).right).toBe(false);
  expect(wordsVerdict('x', [1, 2], [1, 2]).right).toBe(true);
  expect(wordsVerdict('x', [1, 2], [1, 3]).text).toBe('x: word 1 of 2 is another');
  expect(wordsVerdict('x', [1, 2], [1, 2, 3]).right).toBe(false);
  const said: string[] = [];
  expectRight((line) => said.push(line), exactVerdict('x', at(1e-6, 0)));
  expect(said).toEqual(['x: the largest difference is 1.0e-6 (at most 0.001 is allowed)']);
  expect(() => expectRight(() => {}, exactVerdict('x', at(1, 0)))).toThrow(WrongModel);
});

test('the configuration for Python is that of the source', () => {
  expect(configOf(compile(SMALL).value!.spec)).toEqual({
    vocabulary: 500,
    width: 64,
    heads: 4,
    ffn: 128,
    length: 128,
    memory: 16,
    base: 20,
    layers: [
      { block: 16, keep: null },
      { block: 16, keep: 32 },
      { block: 16, keep: 16 },
      { block: 16, keep: null },
    ],
    decoder_layers: 2,
  });
});

test('models that the script in Python cannot express are refused', () => {
  const other = SMALL.text.replace('norm       post', 'norm       pre').replace('128 relu', '128 gelu');
  const { spec } = compile({ ...SMALL, text: other }).value!;
  expect(() => configOf(spec)).toThrow(
    'bench/peers/model.py expresses only models with norms after each sum, and a dense feed-forward network with relu',
  );
});

const SAMPLE: Measured = JSON.parse(`{
  "encoder": { "benben": 1000, "benbenInt8": 400, "eager": 1250, "compiled": 1000, "exported": 1300,
    "bf16": 300, "bf16Compiled": 250, "int8": 800 },
  "step": { "benben": 20, "benbenInt8": 6, "eager": 25, "compiled": 24, "exported": 22,
    "bf16": 15, "bf16Compiled": 14, "int8": 9 },
  "memoryError": { "bf16": 0.006, "int8": 0.012, "benbenInt8": 0.0123 },
  "logitsError": { "bf16": 0.006, "int8": 0.02, "benbenInt8": 0.019 }
}`);

test('the rows are ratios of the least times, with their goals', () => {
  expect(rowsOf(SAMPLE).map(({ name, value, goal }) => [name, value, goal.at])).toEqual([
    ['encoder, Benben fp32 / PyTorch eager', 0.8, 1],
    ['encoder, Benben int8 / PyTorch compiled fp32', 0.4, 0.4],
    ['decoding step, Benben fp32 / PyTorch eager', 0.8, 0.9],
    ['decoding step, Benben int8 / PyTorch eager fp32', 0.24, 0.25],
  ]);
  expect(rowsOf(SAMPLE)[0]!.details).toMatchObject({ 'encoderMs.bf16': 300, 'memoryError.int8': 0.012 });
});

test('the table has a line for every form, also for those that are faster than Benben', () => {
  const lines = tableOf(SAMPLE).split('\n');
  expect(lines).toHaveLength(2 + Object.keys(FORMS).length);
  expect((Object.keys(SAMPLE.encoder) as Form[]).sort()).toEqual(Object.keys(FORMS).sort());
  expect(lines[3]).toBe('| Benben int8 | 400 | 0.32 | 1.2 % | 6.0 | 0.24 | 1.9 % |');
  expect(lines).toContain('| PyTorch bfloat16, torch.compile | 250 | 0.20 |  | 14.0 | 0.56 |  |');
});
