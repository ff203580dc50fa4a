/**
 * Writes an artifact to disk as `NAME.onnx` and `NAME.onnx.data`. Weights for a data file are streamed from their source
 * to the disk, so that they are never in memory all at once.
 */
import { existsSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  type Emitted,
  encodeModel,
  encodeSingleFile,
  SINGLE_FILE_LIMIT,
  streamData,
} from '../compiler/emit/index.ts';
import type { WeightSource } from '../compiler/ir/weights.ts';
import { DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { DATA_MARK, marking } from './data_mark.ts';
import { fileDiagnostic, isSystemError, openRegular } from './files.ts';
import { lacksSpace } from './space.ts';
import { separated, writeAll, writeAllAtomically } from './write_files.ts';

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

interface ArtifactOptions extends WriteArtifactOptions {
  /** Whether other artifacts use the same data file, so that an existing file is checked and not replaced. */
  readonly shared?: boolean;
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
  options: ArtifactOptions,
): Promise<Outcome<WrittenArtifact>> {
  const { weights, singleFile = false, beside = [], shared = false } = options;
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
  const data = singleFile ? undefined : join(dirname(path), emitted.options.dataFile ?? dataFileName(path));
  // The model is renamed last, so that its data and its tokenizer exist when it appears.
  const paths = [...beside.map((file) => file.path), ...(data === undefined ? [] : [data]), path];
  const refused = (await separated(paths)) ?? (await lacksSpace(path, emitted.dataBytes + more));
  if (refused) return { diagnostics: [refused] };
  if (shared && data !== undefined && existsSync(data)) {
    const checked = await compareData(data, emitted, options);
    if (checked.value === undefined) return { diagnostics: checked.diagnostics };
    const bytes = marked(emitted, checked.value);
    const others = [...beside, { path, bytes }];
    return writeAllAtomically(
      others.map((file) => file.path),
      async (files) => {
        for (const [i, file] of others.entries()) await writeAll(files[i]!, file.bytes);
        return { model: path, data, bytes: bytes.byteLength };
      },
    );
  }
  return writeAllAtomically(paths, async (files) => {
    for (const [i, { bytes }] of beside.entries()) await writeAll(files[i]!, bytes);
    const mark = data === undefined ? '' : await writeData(files.at(-2)!, emitted, options);
    const bytes = messages ? marked(emitted, mark) : await encodeSingleFile(emitted, weights);
    await writeAll(files.at(-1)!, bytes);
    const done = data === undefined ? 0 : emitted.dataBytes;
    return { model: path, ...(data !== undefined && { data }), bytes: bytes.byteLength + done };
  });
}

type Streaming = Pick<WriteArtifactOptions, 'weights' | 'onProgress' | 'signal'>;

/** Passes the contents of a data file to `use`, piece by piece. Returns the mark of the file. */
async function streamMarked(
  emitted: Emitted,
  { weights, onProgress, signal }: Streaming,
  use: (piece: Uint8Array, at: number) => Promise<void>,
): Promise<string> {
  const marks = marking(emitted.dataBytes);
  let done = 0;
  for await (const piece of streamData(emitted, weights)) {
    signal?.throwIfAborted();
    await use(piece, done);
    marks.add(piece);
    done += piece.byteLength;
    onProgress?.(done, emitted.dataBytes);
  }
  return marks.mark();
}

const writeData = (file: FileHandle, emitted: Emitted, options: Streaming): Promise<string> =>
  streamMarked(emitted, options, (piece) => writeAll(file, piece));

/** Checks that a data file has exactly these contents, and returns its mark, or D578. */
async function compareData(path: string, emitted: Emitted, options: Streaming): Promise<Outcome<string>> {
  const differs = (how: string): DiagnosticError => {
    const message = `${path} exists, but has other contents than this model’s weights: ${how}`;
    const help = 'compile with the options and weights of the first artifact, or name another data file';
    return new DiagnosticError(runtimeDiagnostic('D578', message, help));
  };
  try {
    const file = await openRegular(path);
    try {
      const { size } = await file.stat();
      if (size !== emitted.dataBytes) throw differs(`${size} bytes instead of ${emitted.dataBytes}`);
      const mark = await streamMarked(emitted, options, async (piece, at) => {
        const { buffer } = await file.read(new Uint8Array(piece.byteLength), 0, piece.byteLength, at);
        if (!Buffer.from(buffer).equals(piece)) throw differs(`they differ after byte ${at}`);
      });
      return { value: mark, diagnostics: [] };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof DiagnosticError) return { diagnostics: error.diagnostics };
    if (isSystemError(error)) return { diagnostics: [fileDiagnostic(error, path, 'read')] };
    throw error;
  }
}

const marked = (emitted: Emitted, mark: string): Uint8Array => {
  const metadata = { ...emitted.options.metadata, [DATA_MARK]: mark };
  return encodeModel({ ...emitted, options: { ...emitted.options, metadata } });
};
