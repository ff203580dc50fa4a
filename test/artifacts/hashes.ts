/**
 * Hashes of all artifacts that can be compiled from a folder of models. They cover every model, entry, target and
 * precision, and also beam search, `--compat paper`, no passes, and `--inline`. Documentation strings are left out.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeModel, streamData } from '../../compiler/emit/index.ts';
import {
  type CompileOptions,
  compile,
  type Entry,
  emitArtifact,
  type Precision,
  parse,
  randomWeights,
  type Target,
} from '../../index.ts';

const ENTRIES: readonly Entry[] = ['encode', 'forward', 'generate', 'begin', 'advance', 'prefill', 'step'];
const INTEGERS: readonly Precision[] = ['fp32', 'int8', 'int4'];
const PLACES: Readonly<Record<Target, readonly Precision[]>> = {
  cpu: INTEGERS,
  cuda: [...INTEGERS, 'fp16'],
  webgpu: [...INTEGERS, 'fp16'],
  portable: INTEGERS,
};

/** The other options with which each entry is compiled. */
const OTHERS: readonly CompileOptions[] = [
  { beam: 4, returned: 2, noRepeatNgram: 3 },
  { compat: 'paper' },
  { passes: 'none' },
];

const short = (...parts: readonly (string | Uint8Array)[]): string =>
  parts
    .reduce((hash, part) => hash.update(part), createHash('sha256'))
    .digest('hex')
    .slice(0, 16);

function withoutDocs<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutDocs) as T;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const fields = Object.entries(value).filter(([key]) => key !== 'docString');
  return Object.fromEntries(fields.map(([key, field]) => [key, withoutDocs(field)])) as T;
}

/** The hash of the `.onnx` file, or the codes of the diagnostics that refuse it. */
function hashOf(path: string, text: string, options: CompileOptions, inline = false): string {
  const { value, diagnostics } = compile({ path, text }, options);
  if (!value) return `refused ${diagnostics.map(({ code }) => code).join()}`;
  const emitted = emitArtifact(value, 'model.onnx', { weights: randomWeights(0), inline });
  const { graph, functions } = emitted;
  return short(encodeModel({ ...emitted, graph: withoutDocs(graph), functions: withoutDocs(functions) }));
}

function* linesOf(file: string, text: string, model: string, entry: Entry): Generator<string> {
  const head = `${file} ${model} ${entry}`;
  for (const [target, precisions] of Object.entries(PLACES) as [Target, readonly Precision[]][])
    for (const precision of precisions)
      yield `${head} ${target} ${precision} ${hashOf(file, text, { model, entry, target, precision })}`;
  for (const other of OTHERS)
    yield `${head} ${JSON.stringify(other)} ${hashOf(file, text, { model, entry, ...other })}`;
  yield `${head} inline ${hashOf(file, text, { model, entry }, true)}`;
}

export interface EntryHash {
  /** File, model and entry. */
  readonly name: string;
  readonly hash: string;
}

/** One hash for each entry of each model, computed from all artifacts of the entry. */
export function* artifactHashes(folder: string): Generator<EntryHash> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.ben')).sort()) {
    const text = readFileSync(join(folder, file), 'utf8');
    for (const { name: model, decoder } of parse({ path: file, text }).value?.models ?? [])
      for (const entry of decoder ? ENTRIES : (['encode'] as const))
        yield {
          name: `${file} ${model} ${entry}`,
          hash: short([...linesOf(file, text, model, entry)].join('\n')),
        };
  }
}

/** The hash of the weights in the data file of a model, by precision and target. */
export async function dataHash(path: string, options: CompileOptions): Promise<string> {
  const { value } = compile({ path, text: readFileSync(path, 'utf8') }, options);
  const weights = randomWeights(0);
  const hash = createHash('sha256');
  for await (const piece of streamData(emitArtifact(value!, 'model.onnx', { weights }), weights))
    hash.update(piece);
  return hash.digest('hex').slice(0, 16);
}
