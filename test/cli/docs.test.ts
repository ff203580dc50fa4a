/** The examples of docs/cli.md, run as they stand in a folder with a model, its weights and a document. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../cli/commands.ts';
import { buildCommand, workshop } from './invoke.ts';

const { folder, path } = await workshop();
const main = buildCommand(path('dist'));
mkdirSync(path('bin'));
writeFileSync(join(path('bin'), 'benben'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, {
  mode: 0o755,
});

const docs = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8');
const blocks = [...docs.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block!);

function shell(script: string): { status: number | null; stderr: string } {
  const env = { ...process.env, PATH: `${path('bin')}${delimiter}${process.env.PATH}` };
  return spawnSync('sh', ['-ec', script], { cwd: folder, env, encoding: 'utf8' });
}

test('there are examples of every command', () => {
  for (const { name } of COMMANDS) expect(docs).toMatch(new RegExp(`^(?:npx )?benben ${name}`, 'm'));
  expect(blocks.length).toBeGreaterThan(8);
});

test.runIf(process.platform !== 'win32').each(blocks)('%s', (block) => {
  const { status, stderr } = shell(block);
  expect(status, stderr).toBe(0);
});
