/**
 * Opens the weights that a path names: one safetensors file, the index of a checkpoint in several files (shards), or a
 * folder that contains one of these. Names in an index are untrusted, so a shard outside the folder is refused.
 */
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { leavesFolder } from '../../check/external.ts';
import { type Diagnostic, DiagnosticError, type Outcome } from '../../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../../pipeline/codes.ts';
import { fileDiagnostic, isSystemError, readTextFile } from '../files.ts';
import { repeatedKey } from '../repeated_key.ts';
import { openSafetensors, type SafetensorsFile } from './safetensors.ts';
import { quote, type TensorEntry } from './safetensors_header.ts';

/** The usual names in the order in which they are tried. */
const INDEX = 'model.safetensors.index.json';
const SINGLE = 'model.safetensors';

/** The largest index that is read. An index has about 100 bytes for each tensor. */
const MOST_INDEX_BYTES = 64 << 20;
/** The largest number of shards. The largest published checkpoints have some hundred. */
const MOST_SHARDS = 10_000;

/** Opens a file, an index or a folder (D515 to D517, D583, D584, errors of the file system). */
export async function openWeights(path: string): Promise<Outcome<SafetensorsFile>> {
  try {
    const found = (await isFolder(path)) ? await weightsIn(path) : path;
    return /\.json$/i.test(found) ? await openShards(found) : await openSafetensors(found);
  } catch (error) {
    if (error instanceof DiagnosticError) return { diagnostics: error.diagnostics };
    if (isSystemError(error)) return { diagnostics: [fileDiagnostic(error, path, 'read')] };
    throw error;
  }
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true;

/** The path of the weights in a folder. */
async function weightsIn(folder: string): Promise<string> {
  const names = (await readdir(folder)).sort();
  for (const name of [INDEX, SINGLE]) if (names.includes(name)) return join(folder, name);
  const indices = names.filter((name) => name.endsWith('.safetensors.index.json'));
  const files = names.filter((name) => name.endsWith('.safetensors'));
  const candidates = indices.length > 0 ? indices : files;
  if (candidates.length === 1) return join(folder, candidates[0]!);
  const message =
    candidates.length === 0
      ? `the folder ${folder} contains no safetensors file`
      : `the folder ${folder} contains ${candidates.length} safetensors files and no ${INDEX}, so it is not clear which of them are the weights`;
  const help =
    candidates.length === 0
      ? 'name the file of the weights, or convert the weights to safetensors first'
      : `name one of them: ${candidates.slice(0, 3).map(quote).join(', ')}`;
  throw new DiagnosticError(runtimeDiagnostic('D584', message, help));
}

function unusable(path: string, why: string, help?: string): DiagnosticError {
  return new DiagnosticError(
    runtimeDiagnostic('D583', `${path} is not a usable index of weights: ${why}`, help),
  );
}

/** The shard of each tensor. */
function shardsIn(path: string, text: string): ReadonlyMap<string, string> {
  let index: unknown;
  try {
    index = JSON.parse(text);
  } catch {
    throw unusable(path, 'it is not JSON', 'download or export it again');
  }
  const isObject = (value: unknown): value is object =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const map: unknown =
    isObject(index) && Object.hasOwn(index, 'weight_map') ? Reflect.get(index, 'weight_map') : 0;
  const help = 'an index has an object `weight_map` with the file name of each tensor';
  if (!isObject(map)) throw unusable(path, 'it has no `weight_map`', help);
  const twice = repeatedKey(text, 2)?.key;
  if (twice !== undefined) throw unusable(path, `it names ${quote(twice)} twice`);
  const entries = Object.entries(map).map(([tensor, shard]): [string, string] => {
    if (typeof shard !== 'string' || shard === '')
      throw unusable(path, `the file of tensor ${quote(tensor)} is not a name`, help);
    if (leavesFolder(shard)) {
      const why = `tensor ${quote(tensor)} is in ${quote(shard)}, outside the folder of the index`;
      throw unusable(
        path,
        why,
        'keep all shards in the folder of the index; such an index may have been made to do harm',
      );
    }
    return [tensor, shard];
  });
  if (entries.length === 0) throw unusable(path, 'its `weight_map` is empty', help);
  return new Map(entries);
}

async function openShards(path: string): Promise<Outcome<SafetensorsFile>> {
  const read = await readTextFile(path, MOST_INDEX_BYTES);
  if (!read.value) return { diagnostics: read.diagnostics };
  const map = shardsIn(path, read.value.text);
  const names = [...new Set(map.values())];
  if (names.length > MOST_SHARDS)
    throw unusable(path, `it names ${names.length} files, but at most ${MOST_SHARDS} are read`);
  const shards = new Map<string, SafetensorsFile>();
  const problems: Diagnostic[] = [];
  for (const name of names) {
    const { value, diagnostics } = await openSafetensors(join(dirname(path), name));
    if (value) shards.set(name, value);
    // One message for each shard; a checkpoint without any shard needs no hundred messages.
    else if (problems.length < 5) for (const one of diagnostics) problems.push(one);
  }
  if (problems.length > 0) return { diagnostics: problems };
  const tensors = new Map<string, TensorEntry>();
  for (const [tensor, name] of map) {
    const entry = shards.get(name)!.tensors.get(tensor);
    if (!entry)
      throw unusable(path, `${quote(name)} contains no tensor ${quote(tensor)}`, 'download it again');
    tensors.set(tensor, entry);
  }
  const holder = (tensor: string): SafetensorsFile => shards.get(map.get(tensor) ?? names[0]!)!;
  return {
    value: {
      path,
      metadata: new Map(),
      tensors,
      read: (tensor, start, count) => holder(tensor).read(tensor, start, count),
    },
    diagnostics: [],
  };
}
