/**
 * Uses safetensors files as the weights of a model. The header is checked completely at the beginning, so that a wrong
 * file is refused before anything is written. There is one diagnostic for all missing tensors, one for all wrong shapes
 * and one for all wrong types.
 */
import { sizeOf } from '../../compiler/ir/tensors.ts';
import type { WeightSource, WeightSpec } from '../../compiler/ir/weights.ts';
import { type Diagnostic, DiagnosticError, type Outcome } from '../../dsl/diagnostics.ts';
import { suggest } from '../../dsl/suggest.ts';
import { runtimeDiagnostic } from '../../pipeline/codes.ts';
import { FLOAT_BYTES } from './elements.ts';
import { isEmbedding, isIgnored, type Place, placesOf } from './fairseq_names.ts';
import type { SafetensorsFile } from './safetensors.ts';
import { quote, type TensorEntry } from './safetensors_header.ts';
import { openWeights } from './shards.ts';

/** The maximum number of names that a message lists. Further names are only counted. */
const LISTED = 5;

/** The maximum number of names that are compared for a suggestion, because an untrusted file could make this slow. */
const COMPARED = 5000;

interface Found {
  readonly spec: WeightSpec;
  readonly place: Place;
  readonly tensor: TensorEntry;
}

/**
 * The weights of a model, from tensors of these names and shapes. `path` names a safetensors file, the index of several
 * (`model.safetensors.index.json`), or a folder that contains one of these. Returns D518, D519 and D520 for tensors
 * that are missing or do not fit, D524 for embeddings that should be equal, D515 to D517, D583 and D584 for files that cannot be read, and a warning (D523) for unused tensors.
 */
export async function safetensorsWeights(
  path: string,
  wanted: readonly WeightSpec[],
): Promise<Outcome<WeightSource>> {
  const opened = await openWeights(path);
  const file = opened.value;
  if (!file) return { diagnostics: opened.diagnostics };

  const found: Found[] = [];
  const missing: WeightSpec[] = [];
  for (const spec of wanted) {
    const place = placesOf(spec.name).find(({ name }) => file.tensors.has(name));
    if (place) found.push({ spec, place, tensor: file.tensors.get(place.name)! });
    else missing.push(spec);
  }
  const used = new Set(found.map(({ tensor }) => tensor.name));
  const unused = [...file.tensors.keys()].filter((name) => !used.has(name) && !isIgnored(name));
  const errors = [
    ...aboutMissing(path, missing, unused),
    ...aboutShapes(path, found),
    ...aboutTypes(path, found),
  ];
  if (errors.length > 0) return { diagnostics: errors };

  const extra = unused.filter((name) => !isEmbedding(name));
  const untied = await aboutEmbeddings(file, found, unused.filter(isEmbedding));
  const diagnostics = [...untied, ...aboutExtra(path, extra)];
  if (untied.length > 0) return { diagnostics };

  const places = new Map(found.map(({ spec, place }) => [spec.name, place]));
  const read = (spec: WeightSpec): AsyncIterable<Float32Array> => {
    const place = places.get(spec.name);
    if (!place) throw new DiagnosticError(...aboutMissing(path, [spec], []));
    const count = sizeOf(spec.shape);
    return file.read(place.name, place.part * count, count);
  };
  return { value: { label: path, random: false, read }, diagnostics };
}

function aboutMissing(path: string, missing: readonly WeightSpec[], unused: readonly string[]): Diagnostic[] {
  if (missing.length === 0) return [];
  const names = missing.map(({ name, shape }) => `${quote(name)} [${shape.join(', ')}]`);
  const near = suggest(missing[0]!.name, unused.slice(0, COMPARED));
  const help =
    near === undefined
      ? '`benben inspect F.ben --weights` lists the names and shapes that the model needs'
      : `the name in the file that is most similar to ${quote(missing[0]!.name)} is ${quote(near)}`;
  const what = missing.length === 1 ? 'a tensor' : `${missing.length} tensors`;
  return [runtimeDiagnostic('D518', `${path} lacks ${what} of the model: ${list(names)}`, help)];
}

function aboutShapes(path: string, found: readonly Found[]): Diagnostic[] {
  const wrong = found.flatMap(({ spec, place, tensor }) => {
    const expected =
      place.parts === 1 ? spec.shape : spec.shape.map((n, i) => (i === 0 ? n * place.parts : n));
    if (same(expected, tensor.shape)) return [];
    const flipped = same(expected.toReversed(), tensor.shape) ? ' (its transpose)' : '';
    return `${quote(tensor.name)} should be [${expected.join(', ')}], but is [${tensor.shape.join(', ')}]${flipped}`;
  });
  if (wrong.length === 0) return [];
  const what = wrong.length === 1 ? 'a tensor' : `${wrong.length} tensors`;
  const help = 'give the model the width, vocabulary and ffn that the weights were trained with';
  return [runtimeDiagnostic('D519', `${path} has ${what} of the wrong shape: ${list(wrong)}`, help)];
}

function aboutTypes(path: string, found: readonly Found[]): Diagnostic[] {
  const wrong = found.flatMap(({ tensor }) =>
    FLOAT_BYTES[tensor.dtype] === undefined ? [`${quote(tensor.name)} (${tensor.dtype})`] : [],
  );
  if (wrong.length === 0) return [];
  const help = 'convert them to F32, F16, BF16 or F64';
  return [runtimeDiagnostic('D520', `${path} has weights of unsupported types: ${list(wrong)}`, help)];
}

function aboutExtra(path: string, extra: readonly string[]): Diagnostic[] {
  if (extra.length === 0) return [];
  const what = extra.length === 1 ? 'a tensor' : `${extra.length} tensors`;
  const message = `${path} has ${what} that the model does not use: ${list(extra.map(quote))}`;
  return [runtimeDiagnostic('D523', message, undefined, 'warning')];
}

/**
 * A state dict stores a shared matrix under each of its names. All copies must be equal. Otherwise the model was trained
 * without sharing, and a model that shares the matrix would compute nonsense.
 */
async function aboutEmbeddings(
  file: SafetensorsFile,
  found: readonly Found[],
  copies: readonly string[],
): Promise<Diagnostic[]> {
  const shared = found.find(({ spec: { group, side } }) => group === 'embeddings' && side === null);
  const decodes = found.some(({ spec }) => spec.side === 'decoder');
  if (!shared || !decodes) return [];
  try {
    for (const copy of copies) {
      if (await equal(file, shared.tensor, file.tensors.get(copy)!)) continue;
      const message = `the model shares one embedding matrix, but in ${file.path} ${quote(copy)} differs from ${quote(shared.tensor.name)}`;
      return [runtimeDiagnostic('D524', message, 'do not share embeddings in the model')];
    }
    return [];
  } catch (error) {
    if (error instanceof DiagnosticError) return [...error.diagnostics];
    throw error;
  }
}

async function equal(file: SafetensorsFile, a: TensorEntry, b: TensorEntry): Promise<boolean> {
  if (!same(a.shape, b.shape)) return false;
  const other = file.read(b.name)[Symbol.asyncIterator]();
  try {
    for await (const piece of file.read(a.name)) {
      const next = await other.next();
      if (next.done) return false;
      for (let i = 0; i < piece.length; i++) if (piece[i] !== next.value[i]) return false;
    }
    return true;
  } finally {
    await other.return?.();
  }
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

function list(items: readonly string[]): string {
  const rest = items.length - LISTED;
  return items.slice(0, LISTED).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
