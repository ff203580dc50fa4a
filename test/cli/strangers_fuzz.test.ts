/**
 * Artifacts with mutated metadata, messages and bytes under the functions of the commands: whatever a file contains, a
 * command ends with diagnostics, and never as a bug of ours (exit code 3). strangers_fuzz.slow.ts tries many more.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { KINDS, mutant } from '../check/mutate.ts';
import { effort, sameFirst } from '../effort.ts';
import { decodeModelProto, encodeModelProto } from '../onnx_messages.ts';
import { invoke, workshop } from './invoke.ts';

const { path } = await workshop();
const tiny = path('tiny.onnx');
const file = path('mutant.onnx');
const PATIENCE = { timeout: effort(120_000, 3_600_000) };

beforeAll(async () => {
  for (const [name, entry] of [
    ['tiny.onnx', 'generate'],
    ['encode.onnx', 'encode'],
  ] as const)
    expect(
      (await invoke(['compile', path('model.ben'), '-e', entry, '-o', path(name), '--single-file'])).code,
    ).toBe(0);
});

/** Fails with the output of the command, which names the exception. */
async function endsWell(args: readonly string[]): Promise<void> {
  const { code, out, err } = await invoke(args);
  expect([0, 1, 2], `${args.join(' ')}\n${out.slice(0, 2000)}\n${err.slice(0, 2000)}`).toContain(code);
  if (code !== 0) expect(out + err).toMatch(/error/);
}

const reading = (): readonly (readonly string[])[] => [
  ['inspect', file],
  ['inspect', file, '--json', '--device', 'webgpu'],
  ['diff', tiny, file],
  ['diff', file, path('model.ben')],
  ['check', file, '--device', 'cuda'],
];

const HOSTILE = ['__proto__', 'constructor', 'toString', 'benben.__proto__', 'benben.', 'benben.spec', ''];

const value = fc.oneof(
  fc.constantFrom(
    'NaN',
    '-1',
    '0',
    '1e999',
    '1e15',
    '-0',
    '9'.repeat(400),
    '0x10',
    '1.5',
    ' 3',
    '',
    'null',
    '{}',
    '[]',
    '"',
    'true',
    '{"__proto__":{"vocabulary":300}}',
    '{"vocabulary":1e999}',
    `${'['.repeat(1e5)}${']'.repeat(1e5)}`,
    `${'{"a":'.repeat(5000)}1`,
    '\ud800',
    '\u202e\x1b[2J',
    'x'.repeat(1e5),
    'model X {',
    'generate',
    'encode',
    'int8',
    'portable',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

/** One change of the metadata: which entry, and what happens to it. */
const change = fc.record({
  how: fc.constantFrom('set', 'cut', 'remove', 'repeat', 'add', 'key'),
  at: fc.nat(),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  key: fc.constantFrom(...HOSTILE),
  value,
});

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;
type Entry = { key?: string | undefined; value?: string | undefined };

const CHANGES: Readonly<Record<Change['how'], (entries: Entry[], at: number, change: Change) => void>> = {
  set: (entries, at, { value }) => {
    entries[at] = { ...entries[at], value };
  },
  cut: (entries, at, { share }) => {
    const text = entries[at]!.value ?? '';
    entries[at] = { ...entries[at], value: text.slice(0, Math.floor(text.length * share)) };
  },
  remove: (entries, at) => void entries.splice(at, 1),
  repeat: (entries, at, { value }) => void entries.push({ ...entries[at], value }),
  add: (entries, _, { key, value }) => void entries.push({ key, value }),
  key: (entries, at, { key }) => {
    entries[at] = { ...entries[at], key };
  },
};

function withMetadata(from: string, changes: readonly Change[]): Uint8Array {
  const artifact = decodeModelProto(readFileSync(from));
  for (const one of changes) {
    const entries: Entry[] = artifact.metadataProps;
    if (entries.length > 0) CHANGES[one.how](entries, one.at % entries.length, one);
  }
  return encodeModelProto(artifact);
}

const bases = fc.constantFrom('tiny.onnx', 'encode.onnx');
const changes = fc.array(change, { minLength: 1, maxLength: 3 });

describe('mutated artifacts', () => {
  test('metadata, under commands that read them', PATIENCE, async () => {
    const drawn = fc.tuple(bases, changes);
    await fc.assert(
      fc.asyncProperty(drawn, async ([base, all]) => {
        writeFileSync(file, withMetadata(path(base), all));
        for (const args of reading()) await endsWell(args);
      }),
      sameFirst(effort(8, 40), drawn),
    );
  });

  // The graph is valid, so ONNX Runtime runs it if the metadata are accepted.
  test('metadata, under run', PATIENCE, async () => {
    const drawn = fc.tuple(bases, changes);
    await fc.assert(
      fc.asyncProperty(drawn, async ([base, all]) => {
        writeFileSync(file, withMetadata(path(base), all));
        await endsWell([
          'run',
          file,
          '-i',
          path('document.txt'),
          '-d',
          'cpu',
          ...(base === 'tiny.onnx' ? ['--max', '1'] : []),
        ]);
      }),
      sameFirst(effort(6, 25), drawn),
    );
  });

  // ONNX Runtime does not promise to survive broken graphs, so only our own readers get them.
  test.each(KINDS)('messages and bytes: %s', PATIENCE, async (kind) => {
    const drawn = fc.tuple(bases, fc.integer({ min: 0, max: 2 ** 31 - 1 }));
    await fc.assert(
      fc.asyncProperty(drawn, async ([base, seed]) => {
        writeFileSync(file, mutant(readFileSync(path(base)), kind, seed));
        for (const args of reading()) await endsWell(args);
      }),
      sameFirst(effort(2, 8), drawn),
    );
  });
});

test('reproducers with mutated texts', PATIENCE, async () => {
  const { out } = await invoke(['compile', path('model.ben'), '--print-ir', 'lower', '-e', 'encode']);
  const text = `// passes: fuse_linears, choose_kernels\n// target: cpu\n${out}`;
  const pieces = [
    '%',
    '%0',
    '%999999',
    '[',
    ']',
    '(',
    '{',
    '}',
    ',',
    'f32',
    '-1',
    '1e999',
    '9'.repeat(30),
    '@',
    '\n',
    'yield',
    'length',
  ];
  const drawn = fc.array(fc.tuple(fc.nat(text.length), fc.nat(12), fc.constantFrom(...pieces)), {
    minLength: 1,
    maxLength: 3,
  });
  await fc.assert(
    fc.asyncProperty(drawn, async (edits) => {
      let mutated = text;
      for (const [at, length, piece] of edits)
        mutated = mutated.slice(0, at) + piece + mutated.slice(at + length);
      writeFileSync(path('mutant.ir'), mutated);
      await endsWell(['replay', path('mutant.ir')]);
    }),
    sameFirst(effort(200, 3000), drawn),
  );
});
