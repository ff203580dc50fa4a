/**
 * Removes what killed processes left behind. The names of temporary files and folders contain the process that made them
 * and the place where that process runs, so that a later run can tell which of them nobody uses any more.
 */
import { readlinkSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** What identifies the process numbers of a machine or a container: two of these share no process numbers. */
function namespace(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** A short text that differs between machines and containers, which may share a folder (FNV-1a, 32 bits). */
function placeOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(36);
}

let place: string | undefined;
const here = (): string => (place ??= placeOf(namespace()));

const unique = (): string => `${process.pid}-${here()}-${crypto.randomUUID().slice(0, 13)}`;

/** A name for a temporary folder. */
export const temporaryFolderName = (): string => `benben-${unique()}`;

/** A name for a temporary file that will be renamed to `name`. It is shortened, because file systems limit names. */
export const temporaryFileName = (name: string): string => `.${name.slice(0, 60)}.benben-${unique()}.tmp`;

const FOLDER = /^benben-(\d+)-([0-9a-z]+)-[0-9a-f-]{13}(?:\.gone)?$/;
const FILE = /^\..+\.benben-(\d+)-([0-9a-z]+)-[0-9a-f-]{13}\.tmp(?:\.gone)?$/;

/** Whether a process of this machine has ended. It counts as running if its number belongs to a new process now. */
function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * Removes the temporary folders (`what` is `folders`) or files that are directly in `where`, belong to this user, and were
 * made by a process of this machine that has ended. Errors are ignored, because nobody waits for this.
 */
export async function removeLeftovers(where: string, what: 'folders' | 'files'): Promise<void> {
  const pattern = what === 'folders' ? FOLDER : FILE;
  for (const name of await readdir(where).catch(() => [])) {
    const [, pid, madeIn] = pattern.exec(name) ?? [];
    if (pid === undefined || madeIn !== here() || !hasEnded(Number(pid))) continue;
    const path = join(where, name);
    const found = await lstat(path).catch(() => undefined);
    const isOurs = found && (process.getuid === undefined || found.uid === process.getuid());
    if (!isOurs || !(what === 'folders' ? found.isDirectory() : found.isFile())) continue;
    await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}
