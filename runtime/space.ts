/** Checks whether a disk has enough free space, before anything is written. */
import { realpath, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';

/** Returns D505 if the disk of `path` has less free space than `bytes`; undefined if it has enough or this is unknown. */
export async function lacksSpace(path: string, bytes: number): Promise<Diagnostic | undefined> {
  try {
    // If the path is a link, the disk of its target counts. If it is a device, there is nothing to check.
    const target = await realpath(path).catch(() => path);
    const found = await stat(target).catch(() => undefined);
    if (found && !found.isFile()) return undefined;
    const { bavail, bsize, blocks } = await statfs(dirname(target));
    const free = bavail * bsize;
    // Some network file systems return zeros.
    if (blocks === 0 || bytes <= free) return undefined;
    const message = `cannot write ${path}: it needs ${sizeText(bytes)}, but the disk has only ${sizeText(free)} free`;
    const help = 'free some space or choose another disk; nothing was written';
    return runtimeDiagnostic('D505', message, help);
  } catch {
    return undefined;
  }
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** Formats a size with three significant digits and a unit. Units are powers of 1024. */
function sizeText(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  return `${Number((bytes / 1024 ** power).toPrecision(3))} ${UNITS[power]}`;
}
