/** Before anything is written: that no output takes the place of what it is made from. */
import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageFault } from './faults.ts';

/** What a path leads to, through links of both kinds; the path itself where nothing is there yet. */
async function identityOf(path: string): Promise<string> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return ino === 0n ? await realpath(path) : `${dev}:${ino}`;
  } catch {
    return resolve(path);
  }
}

/** Throws UsageFault where an output is one of the inputs. `-` is no file; absent inputs are passed over. */
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
        `writing ${path} would overwrite ${input}, which it is made from`,
        'name another file to write',
      );
  }
}
