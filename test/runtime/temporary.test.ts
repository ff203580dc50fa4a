/** Temporary folders are removed, even while files are still written into them. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { addTemporary, removeTemporaries } from '../../runtime/temporary.ts';

test('a folder is removed while a thread creates files in it (Ctrl-C sometimes left one behind)', async () => {
  const outer = mkdtempSync(join(tmpdir(), 'benben-temporary-'));
  for (let round = 0; round < 10; round++) {
    const folder = join(outer, `work-${round}`);
    const program = `const { mkdirSync, writeFileSync } = require('node:fs');
      const { parentPort, workerData } = require('node:worker_threads');
      mkdirSync(workerData);
      for (let i = 0; i < 100_000; i++) {
        try { writeFileSync(workerData + '/' + i, ''); } catch { break; }
        if (i === 20) parentPort.postMessage('at work');
      }`;
    const worker = new Worker(program, { eval: true, workerData: folder });
    const ended = new Promise((done) => worker.once('exit', done));
    await new Promise((done) => worker.once('message', done));
    addTemporary(folder);
    removeTemporaries();
    await ended;
    expect(existsSync(folder)).toBe(false);
    expect(readdirSync(outer)).toEqual([]);
  }
  rmSync(outer, { recursive: true });
});
