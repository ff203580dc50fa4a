/** Writes result files, and refuses to overwrite an input file. */
import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { writeAll, writeAtomically } from '../runtime/write_files.ts';
import { UsageFault } from './faults.ts';
import type { Output } from './output.ts';

/**
 * Identifies the file that a path leads to, through symbolic and hard links. If there is no file, the absolute path is
 * returned.
 */
async function identityOf(path: string): Promise<string> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return ino === 0n ? await realpath(path) : `${dev}:${ino}`;
  } catch {
    return resolve(path);
  }
}

/** Throws a UsageFault if an output is one of the inputs. Inputs that are `-` or undefined are ignored. */
export async function refuseOverwriting(
  outputs: readonly string[],
  inputs: readonly (string | undefined)[],
): Promise<void> {
  const given = new Map<string, string>();
  for (const path of inputs) if (path !== undefined && path !== '-') given.set(await identityOf(path), path);
  for (const path of outputs) {
    const input = given.get(await identityOf(path));
    if (input !== undefined)
      throw new UsageFault(
        `writing ${path} would overwrite ${input}, which is an input of this command`,
        'name another output file',
      );
  }
}

/** Writes a whole text file. If that fails, the command ends. */
export async function writeText(path: string, text: string, output: Output): Promise<void> {
  const written = await writeAtomically(path, (file) => writeAll(file, Buffer.from(text)).then(() => true));
  output.take(written);
}
