/**
 * Copies CUDA libraries from a folder into the folder in which ONNX Runtime looks for them: the two libraries of ONNX
 * Runtime's CUDA provider, and all libraries of CUDA and cuDNN. All files are checked before any file is copied. The
 * copies get their final names only when all of them are complete.
 */
import { type open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Diagnostic, DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { fileDiagnostic, openRegular } from '../runtime/files.ts';
import { writeAll, writeAllAtomically } from '../runtime/write_files.ts';
import { readElf } from './elf.ts';
import { printable } from './io.ts';

/** The libraries of ONNX Runtime's CUDA provider, in the order in which they are loaded. Both are required. */
const PROVIDER = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const;

/** Libraries of CUDA and cuDNN: libcudart.so.12, libcublasLt.so.12, libcudnn_ops.so.9, libnvrtc.so.12, … */
const CUDA = /^lib(?:cu|nv)[\w-]*\.so(?:\.\d+)*$/;

/** The main library of an ONNX Runtime release. Its name contains the release's version. */
const RELEASE = /^libonnxruntime\.so\.(\d+\.\d+\.\d+)$/;

/** The only architecture for which onnxruntime-node supports CUDA (`install_cuda.ts` checks the platform). */
const MACHINE = 'x86-64';

const PIECE = 1 << 20;

export interface Installed {
  readonly files: readonly string[];
}

const refuse = (message: string, help: string): Outcome<never> => ({
  diagnostics: [runtimeDiagnostic('D540', message, help)],
});

const HELP =
  'name the folder of an onnxruntime-gpu release for Linux x64 that contains libonnxruntime_providers_cuda.so';

/**
 * `version` is the version of the installed ONNX Runtime. The release in the folder must have the same major and minor
 * number.
 */
export async function installFrom(
  folder: string,
  into: string,
  version: string,
): Promise<Outcome<Installed>> {
  const listed = await namesIn(folder);
  if (!listed.value) return { diagnostics: listed.diagnostics };
  const { home, names } = listed.value;
  const lacking = PROVIDER.filter((name) => !names.includes(name));
  if (lacking.length > 0) return refuse(`${folder} does not contain ${lacking.join(' and ')}`, HELP);
  const theirs = await releaseOf(home, names);
  if (theirs !== undefined && minor(theirs) !== minor(version)) {
    return refuse(
      `${folder} has libraries of ONNX Runtime ${theirs}, which do not work with the installed version ${version}`,
      `get the libraries of ONNX Runtime ${minor(version)}`,
    );
  }
  const files = [...names.filter((name) => CUDA.test(name)), ...PROVIDER];
  for (const name of files) {
    const wrong = await faultOf(join(home, name));
    if (wrong) return { diagnostics: [wrong] };
  }
  const written = await writeAllAtomically(
    files.map((name) => join(into, name)),
    async (targets) => {
      for (const [i, name] of files.entries()) await copy(join(home, name), targets[i]!);
    },
  );
  return written.diagnostics.length > 0
    ? { diagnostics: written.diagnostics }
    : { value: { files }, diagnostics: [] };
}

/** Lists the folder, or its subfolder `lib` if the libraries are there, as in a release. */
async function namesIn(folder: string): Promise<Outcome<{ home: string; names: readonly string[] }>> {
  try {
    const names = await readdir(folder);
    const lib = join(folder, 'lib');
    if (names.includes(PROVIDER[1]) || !names.includes('lib') || !(await stat(lib)).isDirectory())
      return { value: { home: folder, names }, diagnostics: [] };
    return { value: { home: lib, names: await readdir(lib) }, diagnostics: [] };
  } catch (error) {
    return { diagnostics: [fileDiagnostic(error, folder, 'read')] };
  }
}

const minor = (version: string): string => version.split('.').slice(0, 2).join('.');

async function releaseOf(home: string, names: readonly string[]): Promise<string | undefined> {
  const named = names.map((name) => RELEASE.exec(name)?.[1]).find((found) => found !== undefined);
  if (named !== undefined) return named;
  for (const path of [join(home, 'VERSION_NUMBER'), join(home, '..', 'VERSION_NUMBER')]) {
    const found = /^\s*(\d+\.\d+\.\d+)\s*$/.exec((await headOf(path, 64).catch(() => '')).toString());
    if (found) return found[1];
  }
  return undefined;
}

async function headOf(path: string, length: number): Promise<Buffer> {
  const file = await openRegular(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** A diagnostic, unless the file is a shared library for x86-64 whose own name fits the file's name. */
async function faultOf(path: string): Promise<Diagnostic | undefined> {
  const name = basename(path);
  const wrong = (what: string): Diagnostic => runtimeDiagnostic('D540', what, HELP);
  try {
    const file = await openRegular(path);
    const elf = await readElf(file).finally(() => file.close());
    if (!elf) return wrong(`${path} is not a shared library (not an ELF file)`);
    if (elf.machine !== MACHINE)
      return wrong(`${name} is not a shared library for Linux x64: it is for ${elf.machine}, not ${MACHINE}`);
    if (!elf.shared) return wrong(`${name} is not a shared library for Linux x64, or is truncated`);
    if (elf.soname === undefined || isSameLibrary(name, elf.soname)) return undefined;
    return wrong(`${name} is a different library, whose own name is ${printable(elf.soname)}`);
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics[0];
    return fileDiagnostic(error, path, 'read');
  }
}

/** `libcudart.so`, `libcudart.so.12` and `libcudart.so.12.4.127` all name the library `libcudart.so.12`. */
const isSameLibrary = (name: string, soname: string): boolean =>
  name === soname || name.startsWith(`${soname}.`) || soname.startsWith(`${name}.`);

async function copy(path: string, to: Awaited<ReturnType<typeof open>>): Promise<void> {
  const from = await openRegular(path);
  try {
    const piece = Buffer.alloc(PIECE);
    for (;;) {
      const { bytesRead } = await from.read(piece, 0, PIECE, null);
      if (bytesRead === 0) return;
      await writeAll(to, piece.subarray(0, bytesRead));
    }
  } finally {
    await from.close();
  }
}
