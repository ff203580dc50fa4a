/** Whether a disk has room for what is to be written: known before the first byte, not after the last that fits. */
import { realpath, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';

/** Undefined where there is room, and where nobody can tell: then writing itself tells. */
export async function lacksSpace(path: string, bytes: number): Promise<Diagnostic | undefined> {
  try {
    // What a link names lies on the disk that counts; a device has no size of its own.
    const target = await realpath(path).catch(() => path);
    const found = await stat(target).catch(() => undefined);
    if (found && !found.isFile()) return undefined;
    const { bavail, bsize, blocks } = await statfs(dirname(target));
    const free = bavail * bsize;
    // Some network file systems answer with zeros.
    if (blocks === 0 || bytes <= free) return undefined;
    const message = `cannot write ${path}: it needs ${sizeText(bytes)} and the disk has ${sizeText(free)} free`;
    const help = 'free some space or choose another disk; nothing was written';
    return runtimeDiagnostic('D505', message, help);
  } catch {
    return undefined;
  }
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** Powers of 1024, three digits. */
function sizeText(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  return `${Number((bytes / 1024 ** power).toPrecision(3))} ${UNITS[power]}`;
}
