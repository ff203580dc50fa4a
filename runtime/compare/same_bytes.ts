/** Compares two files byte by byte, without reading either of them as a whole. */
import type { FileHandle } from 'node:fs/promises';
import { DiagnosticError } from '../../dsl/diagnostics.ts';
import { isSystemError, openRegular } from '../files.ts';

const PIECE = 1 << 20;

/** Whether two files are equal. A file that cannot be read is not equal to any file. */
export async function sameBytes(first: string, second: string): Promise<boolean> {
  const files: FileHandle[] = [];
  try {
    for (const path of [first, second]) files.push(await openRegular(path));
    const [a, b] = files as [FileHandle, FileHandle];
    if ((await a.stat()).size !== (await b.stat()).size) return false;
    const [left, right] = [Buffer.alloc(PIECE), Buffer.alloc(PIECE)];
    for (let at = 0; ; at += PIECE) {
      const [x, y] = [await fill(a, left, at), await fill(b, right, at)];
      if (!left.subarray(0, x).equals(right.subarray(0, y))) return false;
      if (x < PIECE) return true;
    }
  } catch (error) {
    if (error instanceof DiagnosticError || isSystemError(error)) return false;
    throw error;
  } finally {
    for (const file of files) await file.close();
  }
}

/**
 * Fills a buffer from a position in a file. Returns the number of bytes read, which is less than the length of the
 * buffer only at the end of the file.
 */
async function fill(file: FileHandle, into: Buffer, at: number): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await file.read(into, done, into.length - done, at + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}
