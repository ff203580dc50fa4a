/** What ONNX Runtime says about models: each is loaded and run in another process. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Runnable } from './sample.ts';

const CHILD = join(import.meta.dirname, 'runtime_child.mjs');

/** The number of models in one process. It runs them in a few seconds, unless one of them never ends. */
const AT_ONCE = 500;
const PATIENCE_MS = 60_000;

/** The verdict of a model that ended the process. */
export const DIED = 'died';

/** One verdict for each model: `ok`, `died`, or the words of the runtime after `load: ` or `run: `. */
export function verdictsOn(models: readonly Runnable[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'benben-verdicts-'));
  const file = join(folder, 'models');
  const line = ({ bytes, feeds }: Runnable): string =>
    JSON.stringify({ bytes: Buffer.from(bytes).toString('base64'), feeds });
  writeFileSync(file, models.map((one) => `${line(one)}\n`).join(''));
  const verdicts: string[] = [];
  try {
    while (verdicts.length < models.length) {
      const { stdout, stderr, status } = spawnSync(
        process.execPath,
        [CHILD, file, String(verdicts.length), String(AT_ONCE)],
        {
          encoding: 'utf8',
          maxBuffer: 2 ** 28,
          // A mutant that never ends counts as one that ended the process.
          timeout: PATIENCE_MS,
        },
      );
      const [ready, ...lines] = stdout.split('\n').filter(Boolean);
      if (ready !== 'ready') throw new Error(`ONNX Runtime does not start: ${stderr}`);
      verdicts.push(...lines);
      if (status !== 0 && verdicts.length < models.length) verdicts.push(DIED);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return verdicts;
}
