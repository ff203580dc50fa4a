import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DiagnosticError } from '../../dsl/diagnostics.ts';
import { RUNTIME_CODES, runtimeDiagnostic } from '../../pipeline/codes.ts';
import { fileDiagnostic, readStdin, readTextFile } from '../../runtime/files.ts';
import { writeAll, writeAllAtomically, writeAtomically } from '../../runtime/write_files.ts';
import { compileRuntime, ending, runProgram } from './compiled.ts';

const root = mkdtempSync(join(tmpdir(), 'benben-files-'));
const compiled = join(root, 'compiled');
let folder = '';
let made = 0;
beforeAll(() => compileRuntime(compiled));
beforeEach(() => {
  folder = join(root, String(made++));
  mkdirSync(folder);
});
afterAll(() => rmSync(root, { recursive: true }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const at = (name: string): string => join(folder, name);
const make = (name: string, content: string | Uint8Array): string => {
  writeFileSync(at(name), content);
  return at(name);
};

test('codes are in range and complete', () => {
  const codes = RUNTIME_CODES.map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  for (const { code, title, cause, fix } of RUNTIME_CODES) {
    expect(code).toMatch(/^D5\d\d$/);
    for (const text of [title, cause, fix]) expect(text.length).toBeGreaterThan(5);
  }
});

test('reads text, without its byte order mark', async () => {
  expect(await readTextFile(make('a', 'zwölf\n'), 100)).toEqual({
    value: { path: at('a'), text: 'zwölf\n' },
    diagnostics: [],
  });
  expect((await readTextFile(make('b', '\ufeffmodel'), 100)).value?.text).toBe('model');
  expect((await readTextFile(make('c', 'x'.repeat(200_000)), 200_000)).value?.text.length).toBe(200_000);
});

test.each([
  ['missing', () => at('none'), 'D501', /cannot read .*none: there is no such file/],
  ['a folder', () => folder, 'D503', /it is a folder/],
  ['below a file', () => join(make('f', 'x'), 'g'), 'D504', /a part of the path is a file/],
  ['empty', () => make('e', ''), 'D510', /is empty/],
  ['only a byte order mark', () => make('m', '\ufeff'), 'D510', /is empty/],
  [
    'too large',
    () => make('l', 'x'.repeat(5000)),
    'D508',
    /larger than the 1 KB allowed here \(it has 5 KB\)/,
  ],
  ['text with a zero byte', () => make('z', 'ab\0c'), 'D509', /byte 2 is zero/],
  ['Latin-1', () => make('i', Uint8Array.of(0x66, 0xfc, 0x72)), 'D509', /not UTF-8/],
  ['UTF-16', () => make('u', Buffer.from('\ufeffab', 'utf16le')), 'D509', /UTF-16/],
])('a text file that is %s is refused', async (_, path, code, message) => {
  const { value, diagnostics } = await readTextFile(path(), 1000);
  expect(value).toBeUndefined();
  expect(diagnostics.map((d) => d.code)).toEqual([code]);
  expect(diagnostics[0]!.message).toMatch(message);
});

test('a file that states no size is still limited', async () => {
  if (process.platform !== 'linux') return;
  expect((await readTextFile('/proc/self/status', 1 << 20)).value?.text).toMatch(/Pid/);
  expect((await readTextFile('/proc/self/status', 100)).diagnostics[0]?.code).toBe('D508');
  expect((await readTextFile('/dev/zero', 10_000)).diagnostics[0]?.code).toBe('D508');
});

test('reads standard input', async () => {
  async function* pieces(...texts: string[]) {
    for (const text of texts) yield bytes(text);
  }
  expect((await readStdin(100, pieces('ab', 'c'))).value).toEqual({ path: '<stdin>', text: 'abc' });
  expect((await readStdin(100, pieces())).diagnostics[0]).toMatchObject({
    code: 'D510',
    message: '<stdin> is empty',
  });
  expect((await readStdin(2, pieces('ab', 'c'))).diagnostics[0]?.code).toBe('D508');
});

test('every system error becomes a diagnostic', () => {
  const codes = [
    'ENOENT',
    'EACCES',
    'EPERM',
    'EISDIR',
    'ENOTDIR',
    'ENOSPC',
    'EDQUOT',
    'EROFS',
    'EIO',
    'EWEIRD',
  ];
  const found = codes.map((code) => {
    const error = Object.assign(new Error(`${code}: words of the system`), { code, syscall: 'open' });
    return fileDiagnostic(error, 'P', 'write').code;
  });
  expect(found).toEqual(['D501', 'D502', 'D502', 'D503', 'D504', 'D505', 'D505', 'D506', 'D507', 'D507']);
});

test('a written file appears complete, with the mode of the old one', async () => {
  make('a', 'old');
  chmodSync(at('a'), 0o600);
  const outcome = await writeAtomically(at('a'), async (file) => {
    await writeAll(file, bytes('new '));
    expect(readFileSync(at('a'), 'utf8')).toBe('old');
    await writeAll(file, bytes('content'));
    return 7;
  });
  expect(outcome).toEqual({ value: 7, diagnostics: [] });
  expect(readFileSync(at('a'), 'utf8')).toBe('new content');
  expect(statSync(at('a')).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['a']);
});

test('files that belong together appear together, or not at all', async () => {
  const both = [at('m.onnx.data'), at('m.onnx')];
  const done = await writeAllAtomically(
    both,
    async ([data, model]) => {
      await writeAll(data!, bytes('data'));
      await writeAll(model!, bytes('model'));
      expect(readdirSync(folder).filter((name) => !name.startsWith('.'))).toEqual([]);
    },
    { fsync: true },
  );
  expect(done.diagnostics).toEqual([]);
  expect(readdirSync(folder).sort()).toEqual(['m.onnx', 'm.onnx.data']);

  const failed = await writeAllAtomically([at('x'), join(folder, 'no', 'y')], async () => {});
  expect(failed.diagnostics.map(({ code, help }) => [code, help])).toEqual([
    ['D501', 'create the folder first'],
  ]);
  expect(readdirSync(folder).sort()).toEqual(['m.onnx', 'm.onnx.data']);
});

test('a failure leaves the old file and nothing else', async () => {
  make('a', 'old');
  const problem = new DiagnosticError(runtimeDiagnostic('D521', 'NaN'));
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
  });
  const fail = (error: unknown) =>
    writeAtomically(at('a'), async (file) => {
      await writeAll(file, bytes('half'));
      throw error;
    });
  expect((await fail(problem)).diagnostics).toEqual(problem.diagnostics);
  expect((await fail(full)).diagnostics[0]).toMatchObject({
    code: 'D505',
    message: expect.stringContaining(at('a')),
  });
  await expect(fail(new TypeError('a bug'))).rejects.toThrow(TypeError);
  expect(readdirSync(folder)).toEqual(['a']);
  expect(readFileSync(at('a'), 'utf8')).toBe('old');
});

test('a full disk is a diagnostic', async () => {
  if (!existsSync('/dev/full')) return;
  const outcome = await writeAtomically('/dev/full', (file) => writeAll(file, bytes('x')));
  expect(outcome.diagnostics[0]).toMatchObject({ code: 'D505' });
  expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
});

test('a folder, a path through a file and a missing folder are refused', async () => {
  const codeOf = async (path: string) => (await writeAtomically(path, async () => {})).diagnostics[0]?.code;
  expect(await codeOf(folder)).toBe('D503');
  expect(await codeOf(join(make('f', ''), 'g'))).toBe('D504');
  expect(await codeOf(join(folder, 'no', 'g'))).toBe('D501');
  if (process.getuid?.() !== 0) {
    chmodSync(folder, 0o500);
    expect(await codeOf(at('h'))).toBe('D502');
    chmodSync(folder, 0o700);
  }
});

test('a link stays a link, and a device stays a device', async () => {
  mkdirSync(at('there'));
  make('there/real', 'old');
  symlinkSync(join('there', 'real'), at('link'));
  await writeAtomically(at('link'), (file) => writeAll(file, bytes('new')));
  expect(readFileSync(at('there/real'), 'utf8')).toBe('new');
  expect(readdirSync(folder).sort()).toEqual(['link', 'there']);
  symlinkSync(at('nowhere'), at('dangling'));
  expect((await writeAtomically(at('dangling'), async () => {})).diagnostics[0]?.code).toBe('D501');
  expect((await writeAtomically('/dev/null', (file) => writeAll(file, bytes('x')))).diagnostics).toEqual([]);
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
});

test.each([
  ['SIGINT', ''],
  ['SIGTERM', ''],
  ['exit', 'setTimeout(() => process.exit(3), 50);'],
  ['own listener', `process.on('SIGINT', () => process.exit(4));`],
])('no temporary file stays if the process ends during a write: %s', async (how, more) => {
  const child = runProgram(
    compiled,
    `import { writeAtomically, writeAll } from './runtime/write_files.js';
     ${more}
     await writeAtomically(process.argv[2], async (file) => {
       await writeAll(file, new TextEncoder().encode('half'));
       console.log('writing');
       await new Promise((done) => setTimeout(done, 30_000));
     });`,
    at('out'),
  );
  const ended = ending(child);
  await new Promise((done) => child.stdout!.once('data', done));
  if (how !== 'exit') child.kill(how === 'SIGTERM' ? 'SIGTERM' : 'SIGINT');
  const { code, signal } = await ended;
  expect(signal ?? code).toBe({ SIGINT: 'SIGINT', SIGTERM: 'SIGTERM', exit: 3, 'own listener': 4 }[how]);
  expect(readdirSync(folder)).toEqual([]);
});
