/**
 * Reads the messages of an `.onnx` file, which is untrusted. All commands read models here, so that the same limits hold
 * for all of them (compiler/onnx/decode.ts).
 */
import { readSync } from 'node:fs';
import { type Decoded, decodeModel, decodeWholeModel } from '../compiler/onnx/decode.ts';
import type { Common, Model, Whole } from '../compiler/onnx/model.ts';
import type { ByteSource, WireProblem } from '../compiler/onnx/wire.ts';
import { type Diagnostic, DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { fileDiagnostic, openRegular } from './files.ts';
import { lfsPointer } from './lfs_pointer.ts';
import { HEAD_BYTES, otherThanOnnx } from './mistaken_file.ts';

/** The maximum number of bytes of a protobuf message. */
const LARGEST = 2 ** 31 - 1;

/** The bytes from `start` to `end`. Throws DiagnosticError (D522) if the file ends before `end`. */
function readAt(fd: number, path: string, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(end - start);
  for (let done = 0; done < bytes.length; ) {
    const read = readSync(fd, bytes, done, bytes.length - done, start + done);
    if (read === 0) {
      const message = `${path} changed while it was read: it ends before byte ${end}`;
      const help = 'wait until the file is complete, and try again';
      throw new DiagnosticError(runtimeDiagnostic('D522', message, help));
    }
    done += read;
  }
  return bytes;
}

/**
 * Calls `use` with synchronous access to the bytes of a file, which is closed afterwards. Only the parts that `use`
 * requests are read.
 */
export async function withBytes<T>(path: string, use: (source: ByteSource) => T): Promise<Outcome<T>> {
  const bad = (...diagnostics: readonly Diagnostic[]): Outcome<T> => ({ diagnostics });
  try {
    const file = await openRegular(path);
    try {
      const { size } = await file.stat();
      if (size === 0) return bad(runtimeDiagnostic('D551', `${path} is empty`));
      if (size > LARGEST) {
        const message = `${path} has ${size} bytes, but a protobuf message has at most 2 GiB`;
        const help = 'keep the weights in a data file beside the model (external data)';
        return bad({ code: 'D602', severity: 'error', message, labels: [], help });
      }
      const head = readAt(file.fd, path, 0, Math.min(size, HEAD_BYTES));
      const mistaken = lfsPointer(path, head, size) ?? otherThanOnnx(path, head);
      if (mistaken) return bad(mistaken);
      const source = { size, read: (start: number, end: number) => readAt(file.fd, path, start, end) };
      return { value: use(source), diagnostics: [] };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof DiagnosticError) return bad(...error.diagnostics);
    if (error instanceof Error && 'syscall' in error) return bad(fileDiagnostic(error, path, 'read'));
    throw error;
  }
}

/** The codes of `benben check` for files beyond the limits of the decoder. */
const BEYOND = { deep: 'D601', large: 'D602' } as const;

function refusal(path: string, problem: WireProblem, message: string): Diagnostic {
  if (problem === 'broken') {
    const help = 'the file is damaged or of another type; `benben check` reports details';
    return runtimeDiagnostic('D551', `${path} is not an ONNX model: ${message}`, help);
  }
  const help = 'no real model is like this; the file may have been made to do harm';
  return { code: BEYOND[problem], severity: 'error', message: `${path}: ${message}`, labels: [], help };
}

async function readWith<M extends Common<'ModelProto'>>(
  path: string,
  decode: (source: ByteSource) => Decoded<M>,
): Promise<Outcome<M>> {
  const read = await withBytes(path, decode);
  if (!read.value) return { diagnostics: read.diagnostics };
  const { model, problem = 'broken', message = '' } = read.value;
  if (!model) return { diagnostics: [refusal(path, problem, message)] };
  if (model.graph && model.opsetImport?.length) return { value: model, diagnostics: [] };
  const missing = model.graph ? 'no opset' : 'no graph';
  return { diagnostics: [refusal(path, 'broken', `it has ${missing}`)] };
}

/** Reads a model without its weights, which stay in the file. For a bad file, returns diagnostics and does not throw. */
export const readModel = (path: string): Promise<Outcome<Model>> => readWith(path, decodeModel);

/** Reads a model with the weights that are in the file itself, for comparisons. */
export const readWholeModel = (path: string): Promise<Outcome<Whole<'ModelProto'>>> =>
  readWith(path, (source) => decodeWholeModel(source.read(0, source.size)));

/** The metadata by their keys. If a key occurs twice, its last value counts. */
export const metadataIn = ({ metadataProps }: Common<'ModelProto'>): Readonly<Record<string, string>> =>
  Object.fromEntries((metadataProps ?? []).map(({ key, value }) => [key ?? '', value ?? '']));
