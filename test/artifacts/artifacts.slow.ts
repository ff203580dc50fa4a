/**
 * Tests that artifacts keep their bytes. If a change is meant to alter them, run
 * `BENBEN_UPDATE=1 npx vitest run --mode slow test/artifacts`. It rewrites `hashes.txt`, whose diff shows the reviewer
 * which artifacts changed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { artifactHashes, dataHash } from './hashes.ts';

const HASHES = join(import.meta.dirname, 'hashes.txt');
const ODD = 'test/artifacts/models/odd.ben';

const DATA = [
  { model: 'PreNorm', target: 'cpu', precision: 'fp32' },
  { model: 'PreNorm', target: 'cpu', precision: 'int8' },
  { model: 'PreNorm', target: 'webgpu', precision: 'int4' },
  { model: 'Mixed', target: 'cuda', precision: 'fp16' },
] as const;

test('every artifact of the examples and of the odd models has the bytes that it had', async () => {
  const lines = ['examples', 'test/artifacts/models'].flatMap((folder) =>
    [...artifactHashes(folder)].map(({ name, hash }) => `${name} ${hash}`),
  );
  for (const options of DATA)
    lines.push(`weights of ${Object.values(options).join(' ')} ${await dataHash(ODD, options)}`);
  const text = `${lines.join('\n')}\n`;
  if (process.env.BENBEN_UPDATE === '1') writeFileSync(HASHES, text);
  expect(text.split('\n')).toEqual(readFileSync(HASHES, 'utf8').split('\n'));
});
