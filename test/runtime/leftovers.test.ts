/** Only leftovers of this user and machine, whose process has ended, are removed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeLeftovers, temporaryFileName, temporaryFolderName } from '../../runtime/leftovers.ts';
import { writeAll, writeAtomically } from '../../runtime/write_files.ts';
import { temporaryFolder } from './tiny_artifact.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
/** The number of a process that has ended. */
const ended = String(spawnSync(process.execPath, ['-e', '']).pid);
const own = String(process.pid);

const ours = temporaryFolderName().replace(own, ended);
const [, , place] = ours.split('-');

test('folders', async () => {
  const kept = [
    temporaryFolderName(),
    ours.replace(place!, `${place}x`),
    `benben-${ended}-${place}`,
    'benben-mine',
    ours.replace('benben', 'other'),
  ];
  for (const name of [ours, ...kept]) mkdirSync(at(name));
  writeFileSync(join(at(ours), 'model.onnx.data'), 'weights');
  const link = temporaryFolderName().replace(own, ended);
  symlinkSync(at('benben-mine'), at(link));
  await removeLeftovers(folder, 'folders');
  expect(existsSync(at(ours))).toBe(false);
  expect([link, ...kept].filter((name) => !existsSync(at(name)))).toEqual([]);
});

test('files, by the next write into the same folder', async () => {
  const [left, running] = [temporaryFileName('m.onnx').replace(own, ended), temporaryFileName('m.onnx')];
  for (const name of [left, running, 'm.tmp', `.${ended}.tmp`]) writeFileSync(at(name), '');
  await writeAtomically(at('m.onnx'), (file) => writeAll(file, Buffer.from('x')));
  expect([left, running, 'm.tmp', `.${ended}.tmp`].map((name) => existsSync(at(name)))).toEqual([
    false,
    true,
    true,
    true,
  ]);
});
