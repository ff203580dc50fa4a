/**
 * An artifact that lives as long as the model that was loaded from it: written into a temporary folder,
 * which goes when the model is closed, when loading fails, or when the process ends.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Diagnostic, Outcome } from '../dsl/diagnostics.ts';
import { fileDiagnostic, isSystemError } from './files.ts';
import { addTemporary, dropTemporary } from './temporary.ts';

interface Closable {
  close(): Promise<void>;
}

/** `write` makes the artifact at the path that it is given, `open` makes a model of it. */
export async function openTemporary<T extends Closable>(
  name: string,
  write: (path: string) => Promise<Outcome<unknown>>,
  open: (path: string) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const folder = join(tmpdir(), `benben-${randomUUID()}`);
  // Known before it is there: a signal in between would leave it behind.
  addTemporary(folder);
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    dropTemporary(folder);
    if (!isSystemError(error)) throw error;
    return { diagnostics: [fileDiagnostic(error, tmpdir(), 'write')] };
  }
  const discard = async (): Promise<void> => {
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

/** Nobody chose this folder; a full disk is avoided by choosing one. */
const elsewhere = (diagnostic: Diagnostic): Diagnostic =>
  diagnostic.code === 'D505'
    ? { ...diagnostic, help: 'free some space, or set TMPDIR to a folder on another disk' }
    : diagnostic;
