/**
 * Writes files so that each appears complete or not at all. Every failure of the file system becomes a diagnostic.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Diagnostic, DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { fileDiagnostic, isSystemError, systemError } from './files.ts';
import { removeLeftovers, temporaryFileName } from './leftovers.ts';
import { addTemporary, dropTemporary } from './temporary.ts';

/** Writes all bytes. A single call of `write` may write only some of them. */
export async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    done += (await file.write(bytes, done, bytes.byteLength - done)).bytesWritten;
  }
}

export interface WriteOptions {
  /** Waits until the data are on the disk, so that they survive a power cut; this costs time. Default false. */
  readonly fsync?: boolean;
}

/** Writes one file as `writeAllAtomically` does. */
export function writeAtomically<T>(
  path: string,
  write: (file: FileHandle) => Promise<T>,
  options?: WriteOptions,
): Promise<Outcome<T>> {
  return writeAllAtomically([path], (files) => write(files[0]!), options);
}

interface Target {
  readonly path: string;
  /** The path that is written first; equal to `path` for a device, which cannot be replaced by renaming. */
  readonly temporary: string;
  readonly mode: number | undefined;
}

/**
 * Writes files that belong together (a model and its data) under temporary names, and renames them in the given order
 * once all of them are complete. If a step before the renaming fails, the old files are unchanged and no new file
 * remains. Errors of the file system and DiagnosticErrors of `write` become diagnostics. Other errors of `write`
 * (AbortError, a bug) are thrown.
 */
export async function writeAllAtomically<T>(
  paths: readonly string[],
  write: (files: readonly FileHandle[]) => Promise<T>,
  options: WriteOptions = {},
): Promise<Outcome<T>> {
  const opened: { target: Target; file: FileHandle }[] = [];
  let current = paths[0] ?? '';
  try {
    for (const path of paths) {
      current = path;
      const target = await locate(path);
      await removeLeftovers(dirname(target.path), 'files');
      const whole = target.temporary !== target.path;
      if (whole) addTemporary(target.temporary);
      const flags = whole ? constants.O_CREAT | constants.O_EXCL | constants.O_RDWR : constants.O_WRONLY;
      const file = await open(target.temporary, flags, target.mode ?? 0o666).catch((error: unknown) => {
        if (whole) dropTemporary(target.temporary);
        throw error;
      });
      opened.push({ target, file });
      if (target.mode !== undefined && whole) await file.chmod(target.mode);
    }
    current = paths.join(' and ');
    const value = await write(opened.map(({ file }) => file));
    for (const { file } of opened) {
      if (options.fsync) await file.sync();
      await file.close();
    }
    for (const { target } of opened) {
      current = target.path;
      if (target.temporary === target.path) continue;
      await rename(target.temporary, target.path);
      dropTemporary(target.temporary);
    }
    return { value, diagnostics: [] };
  } catch (error) {
    await discard(opened);
    if (error instanceof DiagnosticError) return { diagnostics: error.diagnostics };
    if (isSystemError(error)) return { diagnostics: [fileDiagnostic(error, current, 'write')] };
    throw error;
  }
}

async function discard(opened: readonly { target: Target; file: FileHandle }[]): Promise<void> {
  for (const { target, file } of opened) {
    // Closing twice is harmless. If the unlink fails, the exit hook tries again.
    await file.close().catch(() => {});
    if (target.temporary === target.path) continue;
    await unlink(target.temporary).then(
      () => dropTemporary(target.temporary),
      (error: unknown) => {
        if (isSystemError(error) && error.code === 'ENOENT') dropTemporary(target.temporary);
      },
    );
  }
}

/**
 * The reason why files that belong together cannot be written to these paths: one is not a regular file (D511), or is a
 * link that leads to another folder (D577), so that the files would be separated.
 */
export async function separated(paths: readonly string[]): Promise<Diagnostic | undefined> {
  if (paths.length < 2) return undefined;
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (!found) continue;
    if (!found.isFile() && !found.isDirectory()) {
      const message = `cannot write ${path}: it is a device, a pipe or a socket, but an artifact consists of several files`;
      return runtimeDiagnostic('D511', message, 'name a file in a folder');
    }
    const [real, folder] = [await realpath(path), await realpath(dirname(path))];
    if (dirname(real) === folder) continue;
    const message = `cannot write ${path}: it is a link to ${real}, so the files of the artifact would be in two folders`;
    return runtimeDiagnostic('D577', message, `name that file (-o ${real}), or remove the link`);
  }
  return undefined;
}

/** Throws DiagnosticError (D511) if no program reads from a pipe, because opening it for writing would wait for one. */
async function expectReader(path: string): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    if (!isSystemError(error) || error.code !== 'ENXIO') throw error;
    const message = `cannot write ${path}: it is a pipe, and no program reads from it`;
    throw new DiagnosticError(
      runtimeDiagnostic('D511', message, 'start the program that reads, or name a file'),
    );
  });
  await file.close();
}

/** Finds the file to write and its mode. A link is followed, because a rename would replace the link itself. */
async function locate(path: string): Promise<Target> {
  const real = await realpath(path).catch((error: unknown) => {
    if (isSystemError(error) && error.code === 'ENOENT') return path;
    throw error;
  });
  const found = await stat(real).catch(() => undefined);
  if (found?.isDirectory()) throw systemError('EISDIR', path);
  if (found?.isFIFO()) await expectReader(real);
  if (found && !found.isFile()) return { path: real, temporary: real, mode: undefined };
  if (!found && (await lstat(path).catch(() => undefined))?.isSymbolicLink())
    throw systemError('ENOENT', path);
  // The temporary file is in the target's folder, because a rename works only within one file system.
  const name = temporaryFileName(basename(real));
  return { path: real, temporary: join(dirname(real), name), mode: found ? found.mode & 0o777 : undefined };
}
