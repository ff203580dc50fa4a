/**
 * A step of the build that fills V8's code cache: it runs the usual commands once on a small model, and writes the code
 * that V8 compiled for the parts of the command line (cli/kept_code.ts). Functions that did not run here are compiled
 * when they are first called.
 */
import './quick_start.ts';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { CHECKSUMS, checksumOf, createLoader, KEPT } from './kept_code.ts';

const MODEL = `model Usual {
  vocabulary 300
  width      32
  heads      4
  ffn        64 relu

  encoder {
    attention block(16)
    schedule  64, 64, 16 -> 8
    pool      soft_topk by linear
  }

  decoder {
    layers 2
    target 32
  }
}

check Usual {
  parameters <= 125M
  peak_memory(batch: 8) <= 1GB
}
`;

const { load, scripts } = createLoader(() => undefined);
const { main } = load('process.cjs') as typeof import('./process.ts');
load('session_thread.cjs');

const nowhere = (): Writable => new Writable({ write: (_, __, done) => done() });
const run = (argv: readonly string[]): Promise<number> =>
  main(argv, { stdin: (async function* () {})(), stdout: nowhere(), stderr: nowhere(), env: {} });

const folder = mkdtempSync(join(tmpdir(), 'benben-build-'));
const [model, artifact, document] = ['usual.ben', 'usual.onnx', 'document.txt'].map((name) =>
  join(folder, name),
) as [string, string, string];
const USUAL = [
  ['explain', 'D101'],
  ['fmt', '--check', model],
  ['compile', model, '-o', artifact],
  ['run', artifact, '--input', document, '--max', '4'],
  ['inspect', artifact],
  ['diff', model, model, '--markdown'],
  ['check', artifact, model],
  ['report', model],
];
try {
  writeFileSync(model, MODEL);
  writeFileSync(document, 'A word. '.repeat(30));
  for (const argv of USUAL) {
    const code = await run(argv);
    // This happens where ONNX Runtime has no build for the machine. Without cached code, commands start more slowly.
    if (code !== 0) console.error(`benben ${argv[0]} ended with ${code}, so not all of its code is cached`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

// The folder appears under its name only when it is complete and on disk.
const unfinished = `${KEPT}.${process.pid}`;
mkdirSync(unfinished, { recursive: true });
const checksums: Record<string, number> = {};
for (const [name, script] of scripts) {
  const code = script.createCachedData();
  checksums[name] = checksumOf(code, readFileSync(join(import.meta.dirname, name)));
  writeFileSync(join(unfinished, name), code, { flush: true });
}
writeFileSync(join(unfinished, CHECKSUMS), JSON.stringify(checksums), { flush: true });
rmSync(KEPT, { recursive: true, force: true });
renameSync(unfinished, KEPT);
