/**
 * Writes an artifact to disk as `NAME.onnx` and `NAME.onnx.data`, and reads the messages of any `.onnx` file. Weights
 * for a data file are streamed from their source to the disk, so that they are never in memory all at once.
 */
import { basename, dirname, join } from 'node:path';
import {
  type Emitted,
  encodeModel,
  encodeSingleFile,
  SINGLE_FILE_LIMIT,
  streamData,
} from '../compiler/emit/index.ts';
import type { WeightSource } from '../compiler/ir/weights.ts';
import { decodeModelProto } from '../compiler/onnx/decode.ts';
import type { Common, Whole } from '../compiler/onnx/model.ts';
import { WireFault } from '../compiler/onnx/wire.ts';
import { type Diagnostic, DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { DATA_MARK, marking } from './data_mark.ts';
import { fileDiagnostic, openRegular, writeAll, writeAllAtomically } from './files.ts';
import { otherThanOnnx } from './mistaken_file.ts';
import { lacksSpace } from './space.ts';

export interface WriteArtifactOptions {
  readonly weights: WeightSource;
  /** Writes the weights into the `.onnx` file. Default: into a data file in the same folder. */
  readonly singleFile?: boolean;
  /** Files that belong to the artifact (a tokenizer): either all files are written or none. */
  readonly beside?: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  /** Called with the number of bytes written so far and the total. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface WrittenArtifact {
  readonly model: string;
  /** The path of the data file; absent if the weights are in the model's file. */
  readonly data?: string;
  readonly bytes: number;
}

export const dataFileName = (path: string): string => `${basename(path)}.data`;

/** Writes the files under temporary names and then renames them, so that no incomplete file is ever visible. */
export async function writeArtifact(
  path: string,
  emitted: Emitted,
  options: WriteArtifactOptions,
): Promise<Outcome<WrittenArtifact>> {
  const { weights, singleFile = false, beside = [], onProgress, signal } = options;
  if (singleFile && emitted.dataBytes > SINGLE_FILE_LIMIT) {
    const size = (emitted.dataBytes / 2 ** 30).toFixed(1);
    const message = `${size} GiB of weights do not fit in one file, because a protobuf message has at most 2 GiB`;
    const help =
      'leave out `--single-file` (in a program: `singleFile`): the weights are then written to a data file';
    return { diagnostics: [runtimeDiagnostic('D552', message, help)] };
  }
  // The mark is not known yet, but all marks have the same length, so any mark gives the size of the messages.
  const messages = singleFile ? undefined : marked(emitted, marking(0).mark());
  const more = beside.reduce((sum, { bytes }) => sum + bytes.byteLength, messages?.byteLength ?? 0);
  const full = await lacksSpace(path, emitted.dataBytes + more);
  if (full) return { diagnostics: [full] };
  const data = singleFile ? undefined : `${path}.data`;
  // The model is renamed last, so that its data and its tokenizer exist when it appears.
  const paths = [...beside.map((file) => file.path), ...(data === undefined ? [] : [data]), path];
  return writeAllAtomically(paths, async (files) => {
    for (const [i, { bytes }] of beside.entries()) await writeAll(files[i]!, bytes);
    let done = 0;
    const marks = marking(emitted.dataBytes);
    for await (const piece of data === undefined ? [] : streamData(emitted, weights)) {
      signal?.throwIfAborted();
      await writeAll(files.at(-2)!, piece);
      marks.add(piece);
      done += piece.byteLength;
      onProgress?.(done, emitted.dataBytes);
    }
    const bytes = messages ? marked(emitted, marks.mark()) : await encodeSingleFile(emitted, weights);
    await writeAll(files.at(-1)!, bytes);
    return { model: path, ...(data !== undefined && { data }), bytes: bytes.byteLength + done };
  });
}

const marked = (emitted: Emitted, mark: string): Uint8Array => {
  const metadata = { ...emitted.options.metadata, [DATA_MARK]: mark };
  return encodeModel({ ...emitted, options: { ...emitted.options, metadata } });
};

/** The largest size of a protobuf message, and therefore of an `.onnx` file. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** Reads the messages of an `.onnx` file. For a bad file, returns diagnostics and does not throw. */
export async function readModel(path: string): Promise<Outcome<Whole<'ModelProto'>>> {
  const bad = (message: string, help?: string): { diagnostics: readonly Diagnostic[] } => ({
    diagnostics: [runtimeDiagnostic('D551', message, help)],
  });
  let bytes: Uint8Array;
  try {
    const file = await openRegular(path);
    try {
      const { size } = await file.stat();
      if (size === 0) return bad(`${path} is empty`);
      if (size > MAX_MODEL_BYTES) return bad(`${path} has ${size} bytes, but an ONNX file has at most 2 GiB`);
      bytes = await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof DiagnosticError) return { diagnostics: error.diagnostics };
    return { diagnostics: [fileDiagnostic(error, path, 'read')] };
  }
  const mistaken = otherThanOnnx(path, bytes);
  if (mistaken) return { diagnostics: [mistaken] };
  try {
    const model = decodeModelProto(bytes);
    if (model.graph && model.opsetImport.length > 0) return { value: model, diagnostics: [] };
    const missing = model.graph ? 'no opset' : 'no graph';
    return bad(`${path} is not an ONNX model: it has ${missing}`);
  } catch (error) {
    if (!(error instanceof WireFault)) throw error;
    return bad(
      `${path} is not an ONNX model: ${error.message}`,
      'the file is damaged or of another type; `benben check` reports details',
    );
  }
}

export const metadataIn = (model: Common<'ModelProto'>): Record<string, string> =>
  Object.fromEntries((model.metadataProps ?? []).map(({ key, value }) => [key ?? '', value ?? '']));

/**
 * A diagnostic (D511) if a data file is a pipe or a device, for which ONNX Runtime would wait forever. Other problems
 * with data files are reported by ONNX Runtime itself.
 */
export async function blockedData(
  path: string,
  { graph }: Common<'ModelProto'>,
): Promise<Diagnostic | undefined> {
  const locations = new Set(
    (graph?.initializer ?? []).flatMap(({ externalData }) =>
      (externalData ?? []).filter(({ key }) => key === 'location').map(({ value }) => value ?? ''),
    ),
  );
  for (const location of locations) {
    try {
      await (await openRegular(join(dirname(path), location))).close();
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error;
      const found = error.diagnostics.find(({ code }) => code === 'D511');
      if (found) return found;
    }
  }
  return undefined;
}
