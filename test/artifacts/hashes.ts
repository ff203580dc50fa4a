/**
 * The bytes of every artifact that the examples can become, as hashes: a refactoring must not change them, and a change
 * that means to shows in the review which artifacts it touches. Documentation strings are left out.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeModel } from '../../compiler/emit/index.ts';
import {
  type CompileOptions,
  compile,
  emitArtifact,
  type Precision,
  parse,
  randomWeights,
  type Target,
} from '../../index.ts';

const ENTRIES = ['encode', 'forward', 'generate', 'begin', 'advance', 'prefill', 'step'] as const;
const FLOATS_OR_INTEGERS = ['fp32', 'int8', 'int4'] as const;
const PLACES = {
  cpu: FLOATS_OR_INTEGERS,
  cuda: [...FLOATS_OR_INTEGERS, 'fp16'],
  webgpu: [...FLOATS_OR_INTEGERS, 'fp16'],
  portable: FLOATS_OR_INTEGERS,
} as const;

/** What is compiled of each model besides: other searches, and the published code's way. */
const OTHERS: readonly CompileOptions[] = [
  { beam: 4, returned: 2, noRepeatNgram: 3 },
  { compat: 'paper' },
  { passes: 'none' },
];

function strip<T>(value: T): T {
  if (Array.isArray(value)) return value.map(strip) as T;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const fields = Object.entries(value).filter(([key]) => key !== 'docString');
  return Object.fromEntries(fields.map(([key, field]) => [key, strip(field)])) as T;
}

function hashOf(path: string, text: string, options: CompileOptions, inline = false): string {
  const { value, diagnostics } = compile({ path, text }, options);
  if (!value) return `refused ${diagnostics.map(({ code }) => code).join()}`;
  const emitted = emitArtifact(value, 'model.onnx', { weights: randomWeights(0), inline });
  const { graph, functions } = emitted;
  const bytes = encodeModel({ ...emitted, graph: strip(graph), functions: strip(functions) });
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** Each artifact and its hash, a line each. `only`: whole models of float32 for the CPU. */
export function* artifactHashes(folder: string, only = false): Generator<string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ben'))
    .sort();
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8');
    const { value: program } = parse({ path: file, text });
    for (const { name: model, decoder } of program?.models ?? []) {
      for (const entry of decoder ? ENTRIES : (['encode'] as const)) {
        const head = `${file} ${model} ${entry}`;
        for (const [target, precisions] of Object.entries(PLACES) as [Target, readonly Precision[]][]) {
          for (const precision of precisions) {
            if (only && (target !== 'cpu' || precision !== 'fp32')) continue;
            const hash = hashOf(file, text, { model, entry, target, precision });
            yield `${head} ${target} ${precision} ${hash}`;
          }
        }
        if (only) continue;
        for (const other of OTHERS) {
          const hash = hashOf(file, text, { model, entry, ...other });
          yield `${head} ${JSON.stringify(other)} ${hash}`;
        }
        yield `${head} inline ${hashOf(file, text, { model, entry }, true)}`;
      }
    }
  }
}
