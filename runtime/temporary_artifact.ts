/**
 * Writes an artifact into a temporary folder and opens it. The folder is removed when the model is closed, when opening
 * fails, or when the process ends.
 */
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Diagnostic, Outcome } from '../dsl/diagnostics.ts';
import type { Closable } from './closing.ts';
import { fileDiagnostic, isSystemError } from './files.ts';
import { removeLeftovers, temporaryFolderName } from './leftovers.ts';
import { dropProcess, prepareProcess } from './session_process.ts';
import { addTemporary, dropTemporary } from './temporary.ts';

/**
 * Calls `write` to write an artifact to a path in a new folder, and then `open` to open a model from that path. If the
 * model runs in a separate process (`isolate`), that process starts now, so that it removes the folder if this program or
 * its thread is ended in the meantime.
 */
export async function openTemporary<T extends Closable>(
  name: string,
  isolate: boolean,
  write: (path: string) => Promise<Outcome<unknown>>,
  open: (path: string) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const folder = join(tmpdir(), temporaryFolderName());
  await removeLeftovers(tmpdir(), 'folders');
  // The folder is registered before it is created, because a signal between the two steps would leave it behind.
  addTemporary(folder);
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    dropTemporary(folder);
    if (!isSystemError(error)) throw error;
    return { diagnostics: [fileDiagnostic(error, tmpdir(), 'write')] };
  }
  if (isolate) prepareProcess(folder);
  const discard = async (): Promise<void> => {
    dropProcess(folder);
    await rm(folder, { recursive: true, force: true });
    dropTemporary(folder);
  };
  try {
    const path = join(folder, `${name}.onnx`);
    const written = await write(path);
    const opened = written.value === undefined ? undefined : await open(path);
    const diagnostics = [...written.diagnostics.map(elsewhere), ...(opened?.diagnostics ?? [])];
    const model = opened?.value;
    if (!model) {
      await discard();
      return { diagnostics };
    }
    const close = async (): Promise<void> => {
      await model.close();
      await discard();
    };
    return { value: { ...model, close }, diagnostics };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** Adapts the advice for a full disk: the user did not choose this folder, but can choose another. */
const elsewhere = (diagnostic: Diagnostic): Diagnostic =>
  diagnostic.code === 'D505'
    ? { ...diagnostic, help: 'free some space, or set TMPDIR to a folder on another disk' }
    : diagnostic;
