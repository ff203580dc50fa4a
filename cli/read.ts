/** Files that commands read, `-` among them. */
import type { Source } from '../dsl/diagnostics.ts';
import { MAX_SOURCE } from '../dsl/diagnostics.ts';
import { readStdin, readTextFile } from '../runtime/files.ts';
import { UsageFault } from './faults.ts';
import type { Output } from './output.ts';

/** A text, or the end of the command. */
export async function readText(path: string, maxBytes: number, output: Output): Promise<Source> {
  const read = path === '-' ? readStdin(maxBytes, output.io.stdin) : readTextFile(path, maxBytes);
  return output.take(await read);
}

export const readSource = (path: string, output: Output): Promise<Source> =>
  readText(path, MAX_SOURCE, output);

/** Standard input can be read once. */
export function onlyOneStdin(paths: readonly (string | undefined)[]): void {
  if (paths.filter((path) => path === '-').length > 1) {
    throw new UsageFault('standard input (-) is named twice', 'give a file for one of them');
  }
}

export const isOnnx = (path: string): boolean => /\.onnx$/i.test(path);
