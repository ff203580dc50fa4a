/** Reads the files of the command line; `-` is standard input. */
import type { Source } from '../dsl/diagnostics.ts';
import { MAX_SOURCE } from '../dsl/diagnostics.ts';
import { readStdin, readTextFile } from '../runtime/files.ts';
import { UsageFault } from './faults.ts';
import type { Output } from './output.ts';

/** Reads a text. If that fails, the command ends. */
export async function readText(path: string, maxBytes: number, output: Output): Promise<Source> {
  const read = path === '-' ? readStdin(maxBytes, output.io.stdin) : readTextFile(path, maxBytes);
  return output.take(await read);
}

export const readSource = (path: string, output: Output): Promise<Source> =>
  readText(path, MAX_SOURCE, output);

/** Refuses `-` for more than one file, because standard input can be read only once. */
export function onlyOneStdin(paths: readonly (string | undefined)[]): void {
  if (paths.filter((path) => path === '-').length > 1) {
    throw new UsageFault('standard input (-) is named twice', 'give a file for one of them');
  }
}

export const isOnnx = (path: string): boolean => /\.onnx$/i.test(path);
