/**
 * Reads safetensors files piece by piece. No file stays open between reads. Each read opens the file again and checks,
 * before the first and after the last piece, that it is still the file whose header was validated.
 */
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { DiagnosticError, type Outcome } from '../../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../../pipeline/codes.ts';
import { PIECE } from '../../pipeline/weights/random.ts';
import { fileDiagnostic, isSystemError, openRegular, pointerIn } from '../files.ts';
import { FLOAT_BYTES, firstNotFinite, toFloat32 } from './elements.ts';
import {
  headerLength,
  parseHeader,
  quote,
  type SafetensorsHeader,
  type TensorEntry,
} from './safetensors_header.ts';

export interface SafetensorsFile extends SafetensorsHeader {
  readonly path: string;
  /**
   * Reads `count` elements (default: all that remain) of a floating point tensor from element `start` (default 0), as
   * float32 in pieces of at most 2^20 elements. Throws DiagnosticError for an unknown name (D518) or type (D520), for NaN
   * or infinity (D521), and for a file that changed (D522).
   */
  read(name: string, start?: number, count?: number): AsyncIterable<Float32Array>;
}

/** Opens a safetensors file and validates its header (D515, D516, D517). */
export async function openSafetensors(path: string): Promise<Outcome<SafetensorsFile>> {
  let file: FileHandle | undefined;
  try {
    file = await openRegular(path);
    const stats = await file.stat({ bigint: true });
    const bytes = Number(stats.size);
    const pointer = await pointerIn(path);
    if (pointer) return { diagnostics: [pointer] };
    const prefix = await readExactly(file, path, 0, Math.min(8, bytes));
    const length = headerLength(path, prefix, bytes);
    const header = parseHeader(path, await readExactly(file, path, 8, length), bytes);
    const read: SafetensorsFile['read'] = (name, start = 0, count) =>
      readTensor(path, stats, header.tensors.get(name) ?? unknown(path, name), start, count);
    return { value: { path, ...header, read }, diagnostics: [] };
  } catch (error) {
    if (error instanceof DiagnosticError) return { diagnostics: error.diagnostics };
    if (isSystemError(error)) return { diagnostics: [fileDiagnostic(error, path, 'read')] };
    throw error;
  } finally {
    await file?.close().catch(() => {});
  }
}

function unknown(path: string, name: string): never {
  throw new DiagnosticError(runtimeDiagnostic('D518', `${path} has no tensor ${quote(name)}`));
}

async function* readTensor(
  path: string,
  validated: BigIntStats,
  tensor: TensorEntry,
  start: number,
  count = tensor.elements - start,
): AsyncGenerator<Float32Array> {
  const width = FLOAT_BYTES[tensor.dtype];
  if (width === undefined) {
    const message = `${path}: tensor ${quote(tensor.name)} is of type ${tensor.dtype}, which weights cannot have`;
    throw new DiagnosticError(runtimeDiagnostic('D520', message, 'convert it to F32, F16, BF16 or F64'));
  }
  if (start < 0 || count < 0 || start + count > tensor.elements) {
    throw new Error(`${tensor.name} has no elements ${start} to ${start + count}`);
  }
  const file = await openRegular(path);
  try {
    await checkSame(file, path, validated);
    for (let done = 0; done < count; done += PIECE) {
      const size = Math.min(PIECE, count - done);
      const bytes = await readExactly(file, path, tensor.begin + (start + done) * width, size * width);
      const values = toFloat32(tensor.dtype, bytes);
      const bad = firstNotFinite(values);
      if (bad >= 0) throw notFinite(path, tensor, start + done + bad, values[bad]!);
      yield values;
    }
    await checkSame(file, path, validated);
  } finally {
    await file.close().catch(() => {});
  }
}

async function checkSame(file: FileHandle, path: string, before: BigIntStats): Promise<void> {
  const now = await file.stat({ bigint: true });
  const same =
    now.dev === before.dev &&
    now.ino === before.ino &&
    now.size === before.size &&
    now.mtimeNs === before.mtimeNs;
  if (!same) throw changed(path);
}

/** Reads exactly `length` bytes into new memory, which the caller may keep. */
async function readExactly(file: FileHandle, path: string, at: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, at + done).catch((error: unknown) => {
      throw new DiagnosticError(fileDiagnostic(error, path, 'read'));
    });
    if (bytesRead === 0) throw changed(path);
    done += bytesRead;
  }
  return bytes;
}

function changed(path: string): DiagnosticError {
  const help = 'wait until the file is complete, and try again';
  return new DiagnosticError(runtimeDiagnostic('D522', `${path} changed while it was read`, help));
}

function notFinite(path: string, tensor: TensorEntry, index: number, value: number): DiagnosticError {
  const what = Number.isNaN(value)
    ? 'NaN'
    : tensor.dtype === 'F64'
      ? 'a number that is too large for float32'
      : 'infinity';
  const place = coordinates(index, tensor.shape);
  const message = `${path}: tensor ${quote(tensor.name)} contains ${what} at element ${index} (at [${place.join(', ')}])`;
  return new DiagnosticError(
    runtimeDiagnostic('D521', message, 'use a checkpoint from before training diverged'),
  );
}

function coordinates(index: number, shape: readonly number[]): number[] {
  let rest = index;
  return shape
    .toReversed()
    .map((size) => {
      const place = rest % size;
      rest = Math.floor(rest / size);
      return place;
    })
    .toReversed();
}
