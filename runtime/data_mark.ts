/**
 * The mark of a data file is a fingerprint. A wrong mark shows that a data file belongs to another artifact, without
 * reading the whole file. The mark is the SHA-256 of the file's length and of 64 bytes at each of up to 128 evenly
 * spaced positions. Training changes every tensor, and therefore the mark. Damage between these positions does not
 * change the mark, but may cause NaN in the results (D557).
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Common } from '../compiler/onnx/model.ts';
import { type Diagnostic, DiagnosticError } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { fileBeside } from './beside.ts';
import { isSystemError, openRegular } from './files.ts';

export const DATA_MARK = 'benben.data_mark';

const [PLACES, SAMPLE] = [128, 64];

/** The distance between the beginnings of two samples, in bytes. */
const strideOf = (size: number): number => Math.max(SAMPLE, Math.ceil(size / PLACES));

/**
 * Computes the mark of a file of `size` bytes while it is written. `add` takes its bytes in order, in pieces of any
 * length.
 */
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

/** Computes the mark of an existing file. */
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
 * Returns an error (D567) if the data file that a model names was not written together with the model: a model with the
 * weights of another one gives wrong results. Returns undefined if the data file fits, and also if this cannot be decided:
 * the model has no mark or no data file, or ONNX Runtime will reject the data file.
 */
export async function mismatchedData(
  path: string,
  model: Common<'ModelProto'>,
): Promise<Diagnostic | undefined> {
  const mark = model.metadataProps?.find(({ key }) => key === DATA_MARK)?.value;
  const fields = (model.graph?.initializer ?? []).flatMap(({ externalData }) =>
    externalData?.length ? [new Map(externalData.map(({ key, value }) => [key, value]))] : [],
  );
  const location = fields[0]?.get('location');
  if (!mark || !location) return undefined;
  const { value: beside } = await fileBeside(path, location, 'data file');
  if (beside === undefined) return undefined;
  try {
    const file = await openRegular(beside);
    const ends = fields.map((one) => Number(one.get('offset') ?? 0) + Number(one.get('length') ?? 0));
    const end = ends.reduce((most, one) => Math.max(most, one), 0);
    const found = await file
      .stat()
      .then(async ({ size }) => (size < end ? mark : markOf(file)))
      .finally(() => file.close());
    if (found === mark) return undefined;
  } catch (error) {
    if (error instanceof DiagnosticError || isSystemError(error)) return undefined;
    throw error;
  }
  const message = `${location} is not the data file that ${path} was written with`;
  const help =
    'copy both files of the artifact again, or compile the model again (a compilation that was killed can leave such a pair)';
  return runtimeDiagnostic('D567', message, help);
}
