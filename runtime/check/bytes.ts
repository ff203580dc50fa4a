/** Reads only the parts of an `.onnx` file that the decoder requests, so that weights inside it are never read. */
import { readSync } from 'node:fs';
import type { ByteSource } from '../../check/index.ts';
import { type Diagnostic, DiagnosticError, type Outcome } from '../../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../../pipeline/codes.ts';
import { fileDiagnostic, openRegular } from '../files.ts';
import { lfsPointer } from '../lfs_pointer.ts';
import { HEAD_BYTES, otherThanOnnx } from '../mistaken_file.ts';

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

/** Calls `use` with synchronous access to the bytes of a file, which is closed afterwards. */
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
