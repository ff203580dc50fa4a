/**
 * Reads files. Every failure of the file system becomes a diagnostic. A text file must not be larger than a limit, and
 * must be valid UTF-8.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type Diagnostic, DiagnosticError, type Outcome, type Source } from '../dsl/diagnostics.ts';
import { type RuntimeCode, runtimeDiagnostic } from '../pipeline/codes.ts';
import { LARGEST_POINTER, lfsPointer } from './lfs_pointer.ts';
import { HEAD_BYTES, otherThanText } from './mistaken_file.ts';

/** The verb of a message such as "cannot read FILE". */
export type FileAction = 'read' | 'write' | 'open';

const ERRNO: Readonly<Record<string, readonly [RuntimeCode, string]>> = {
  ENOENT: ['D501', 'there is no such file or folder'],
  EACCES: ['D502', 'permission denied'],
  EPERM: ['D502', 'the operation is not permitted'],
  EISDIR: ['D503', 'it is a folder'],
  ENOTDIR: ['D504', 'a part of the path is a file, not a folder'],
  ENOSPC: ['D505', 'no space is left on the disk'],
  EDQUOT: ['D505', 'your disk quota is exceeded'],
  EFBIG: ['D505', 'the file system allows no file this large'],
  EROFS: ['D506', 'the file system is read-only'],
  ENAMETOOLONG: ['D507', 'the name is too long'],
  ELOOP: ['D507', 'its symbolic links form a cycle'],
  EMFILE: ['D507', 'too many files are open'],
  EBUSY: ['D507', 'another program uses it'],
  EIO: ['D507', 'the disk reported an error'],
};

const HELP: Readonly<Partial<Record<RuntimeCode, Partial<Record<FileAction, string>>>>> = {
  D501: {
    read: 'check the name, and the folder that the command runs in',
    open: 'check the name, and the folder that the command runs in',
    write: 'create the folder first',
  },
  D502: {
    read: 'check the file’s permissions',
    open: 'check the file’s permissions',
    write: 'choose another folder',
  },
  D503: {
    read: 'name a file in the folder',
    open: 'name a file in the folder',
    write: 'name a file in the folder',
  },
  D505: { write: 'free some space or choose another disk; no half-written file was left behind' },
  D506: { write: 'choose another folder' },
};

/** The diagnostic for a failed system call on a path. */
export function fileDiagnostic(error: unknown, path: string, action: FileAction): Diagnostic {
  const known = isSystemError(error) ? ERRNO[error.code] : undefined;
  const [code, why] = known ?? ['D507', error instanceof Error ? error.message : String(error)];
  return runtimeDiagnostic(code, `cannot ${action} ${path}: ${why}`, HELP[code]?.[action]);
}

export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}

export function systemError(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code, syscall: 'open', path });
}

/**
 * Opens a regular file, whose parts can be read in any order. Pipes and devices are refused at once (D511), because a
 * pipe without a writer would block forever and a device may have no end. Throws DiagnosticError.
 */
export async function openRegular(path: string, action: FileAction = 'read'): Promise<FileHandle> {
  let file: FileHandle | undefined;
  try {
    // Windows has neither the flag O_NONBLOCK nor pipes with file names.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const found = await file.stat();
    if (found.isDirectory()) throw systemError('EISDIR', path);
    if (found.isFile()) return file;
  } catch (error) {
    await file?.close().catch(() => {});
    throw new DiagnosticError(fileDiagnostic(error, path, action));
  }
  await file.close().catch(() => {});
  const message = `cannot ${action} ${path}: it is a device, a pipe or a socket, not a regular file`;
  throw new DiagnosticError(runtimeDiagnostic('D511', message, 'save its content to a file first'));
}

/** A diagnostic (D576) if the file is a pointer. Throws DiagnosticError if it cannot be read. */
export async function pointerIn(path: string): Promise<Diagnostic | undefined> {
  const file = await openRegular(path);
  try {
    const { size } = await file.stat();
    if (size >= LARGEST_POINTER) return undefined;
    const { buffer, bytesRead } = await file.read(new Uint8Array(LARGEST_POINTER), 0, LARGEST_POINTER, 0);
    return lfsPointer(path, buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

export interface ReadTextOptions {
  /** Refuses pipes and devices (D511). Default false. */
  readonly regular?: boolean;
}

/** Reads a text file of at most `maxBytes`, without its byte order mark. */
export async function readTextFile(
  path: string,
  maxBytes: number,
  { regular = false }: ReadTextOptions = {},
): Promise<Outcome<Source>> {
  let file: FileHandle | undefined;
  try {
    file = regular ? await openRegular(path) : await open(path, 'r');
    const found = await file.stat();
    if (found.isDirectory()) throw systemError('EISDIR', path);
    if (found.size > maxBytes) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      const mistaken = otherThanText(path, buffer.subarray(0, bytesRead));
      return { diagnostics: [mistaken ?? tooLarge(path, maxBytes, found.size)] };
    }
    return toText(path, await collect(file.createReadStream({ autoClose: false }), maxBytes), maxBytes);
  } catch (error) {
    if (error instanceof DiagnosticError) return { diagnostics: error.diagnostics };
    return { diagnostics: [fileDiagnostic(error, path, 'read')] };
  } finally {
    await file?.close().catch(() => {});
  }
}

/** Reads standard input to its end, with the same checks as for a text file. */
export async function readStdin(
  maxBytes: number,
  stream: AsyncIterable<Uint8Array | string> = process.stdin,
): Promise<Outcome<Source>> {
  try {
    return toText('<stdin>', await collect(stream, maxBytes), maxBytes);
  } catch (error) {
    return { diagnostics: [fileDiagnostic(error, '<stdin>', 'read')] };
  }
}

/**
 * All bytes of a stream, or undefined if there are more than the limit. The bytes are counted, because the size that the
 * system reports for a file may be wrong.
 */
async function collect(
  stream: AsyncIterable<Uint8Array | string>,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  for await (const piece of stream) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    total += bytes.byteLength;
    if (total > maxBytes) return undefined;
    pieces.push(bytes);
  }
  return Buffer.concat(pieces);
}

function toText(path: string, bytes: Buffer | undefined, maxBytes: number): Outcome<Source> {
  if (bytes === undefined) return { diagnostics: [tooLarge(path, maxBytes)] };
  const mistaken = lfsPointer(path, bytes) ?? otherThanText(path, bytes);
  if (mistaken) return { diagnostics: [mistaken] };
  const problem = notText(bytes);
  if (problem) {
    return {
      diagnostics: [runtimeDiagnostic('D509', `${path} is not text: ${problem}`, 'save it as UTF-8')],
    };
  }
  const text = new TextDecoder('utf-8').decode(bytes);
  if (text === '') return { diagnostics: [runtimeDiagnostic('D510', `${path} is empty`)] };
  return { value: { path, text }, diagnostics: [] };
}

function notText(bytes: Buffer): string | undefined {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return 'it starts with the byte order mark of UTF-16';
  }
  const zero = bytes.indexOf(0);
  if (zero >= 0) return `byte ${zero} is zero, which occurs only in binary files`;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return undefined;
  } catch {
    return 'it contains bytes that are not UTF-8';
  }
}

function tooLarge(path: string, maxBytes: number, size?: number): Diagnostic {
  const found = size === undefined ? '' : ` (it has ${megabytes(size)})`;
  return runtimeDiagnostic('D508', `${path} is larger than the ${megabytes(maxBytes)} allowed here${found}`);
}

const megabytes = (bytes: number): string =>
  bytes < 1 << 20 ? `${Math.ceil(bytes / 1024)} KB` : `${Math.ceil(bytes / (1 << 20))} MB`;
