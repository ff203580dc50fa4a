/**
 * A mark of an artifact's data file, by which the file of another artifact is known without reading half a gigabyte:
 * SHA-256 over its length and 64 bytes at each of some 128 places. Who trains a model further changes every tensor; who
 * damages a file in one place is found by `D557`, or not at all.
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { Common } from '../compiler/onnx/model.ts';
import { type Diagnostic, DiagnosticError } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { isSystemError, openRegular } from './files.ts';

export const DATA_MARK = 'benben.data_mark';

const [PLACES, SAMPLE] = [128, 64];

/** Between the beginnings of two places. */
const strideOf = (size: number): number => Math.max(SAMPLE, Math.ceil(size / PLACES));

/** Takes the bytes of a file of this size in order, in pieces of any length. */
export function marking(size: number): {
  readonly add: (piece: Uint8Array) => void;
  readonly mark: () => string;
} {
  const hash = createHash('sha256').update(String(size));
  const stride = strideOf(size);
  let at = 0;
  return {
    add: (piece) => {
      const end = at + piece.byteLength;
      for (let place = at - (at % stride); place < end; place += stride) {
        const [from, to] = [Math.max(place, at), Math.min(place + SAMPLE, end)];
        if (from < to) hash.update(piece.subarray(from - at, to - at));
      }
      at = end;
    },
    mark: () => hash.digest('hex'),
  };
}

/** The mark of a file that is there already. */
export async function markOf(file: FileHandle): Promise<string> {
  const { size } = await file.stat();
  const hash = createHash('sha256').update(String(size));
  const sample = new Uint8Array(SAMPLE);
  const stride = strideOf(size);
  for (let place = 0; place < size; place += stride) {
    const { bytesRead } = await file.read(sample, 0, SAMPLE, place);
    hash.update(sample.subarray(0, bytesRead));
  }
  return hash.digest('hex');
}

/**
 * Whether the data beside a model are those that it was written with. Undefined too where nobody can tell: a file of
 * another maker, or without data, or whose data ONNX Runtime will complain of itself.
 */
export async function strangeData(
  path: string,
  model: Common<'ModelProto'>,
): Promise<Diagnostic | undefined> {
  const mark = model.metadataProps?.find(({ key }) => key === DATA_MARK)?.value;
  const location = (model.graph?.initializer ?? [])
    .flatMap(({ externalData }) => externalData ?? [])
    .find(({ key }) => key === 'location')?.value;
  if (!mark || !location || isAbsolute(location) || location.split(/[\\/]/).includes('..')) return undefined;
  try {
    const file = await openRegular(join(dirname(path), location));
    const found = await markOf(file).finally(() => file.close());
    if (found === mark) return undefined;
  } catch (error) {
    if (error instanceof DiagnosticError || isSystemError(error)) return undefined;
    throw error;
  }
  const message = `${location} is not the data file that ${path} was written with`;
  return runtimeDiagnostic('D567', message, 'keep the two files of an artifact together', 'warning');
}
