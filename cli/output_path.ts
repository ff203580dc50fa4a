/** Decides where `compile` writes an artifact. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Compiled } from '../pipeline/compile.ts';

/**
 * The name of an artifact without an extension. The artifact of an entry that was not the default gets the name of the
 * entry, so that two entries of a model do not overwrite each other.
 */
const nameOf = ({ spec, entry }: Compiled): string =>
  entry === (spec.decoder ? 'generate' : 'encode') ? spec.name : `${spec.name}.${entry}`;

/** The path for `-o`, which may name a file or a folder. Without `-o`, a file in the current folder. */
export async function outputPath(asked: string | undefined, compiled: Compiled): Promise<string> {
  const name = `${nameOf(compiled)}.onnx`;
  if (asked === undefined) return name;
  const isFolder =
    /[\\/]$/.test(asked) ||
    (await stat(asked).then(
      (found) => found.isDirectory(),
      () => false,
    ));
  return isFolder ? join(asked, name) : asked;
}
