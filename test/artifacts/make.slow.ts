import { appendFileSync, writeFileSync } from 'node:fs';
import { test } from 'vitest';
import { artifactHashes } from './hashes.ts';

test('hashes', () => {
  const out = process.env.HASHES_OUT!;
  writeFileSync(out, '');
  const t = Date.now();
  let n = 0;
  for (const line of artifactHashes(process.env.HASHES_FROM ?? 'examples', process.env.HASHES_ONLY === '1')) {
    appendFileSync(out, `${line}\n`);
    n++;
  }
  console.log(n, (Date.now() - t) / 1000);
}, 3600_000);
