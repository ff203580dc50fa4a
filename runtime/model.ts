/**
 * A compiled model with words around it: text in, text out, and which words of the document the
 * encoder kept. Works from an artifact alone: all it needs is written in the file.
 */
import { dirname, isAbsolute, join } from 'node:path';
import { type Diagnostic, DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import { TARGETS, type Target } from '../passes/pass.ts';
import { blockedData, metadataIn, readModel } from './artifact.ts';
import { batchOf, float32, int64, type ReadDocument, rowOf, untilEnd } from './batch.ts';
import { runtimeDiagnostic } from './codes.ts';
import { findDevice } from './device.ts';
import { ENTRY_PORTS, misfitOf } from './entry_ports.ts';
import { type KeptWord, keptWords } from './kept.ts';
import { type LimitOptions, limitsOf } from './limits.ts';
import { type ArtifactInfo, infoFrom } from './metadata.ts';
import { placementDiagnostics } from './placement.ts';
import { openSession, type RunOptions, type Session, type SessionOptions } from './session.ts';
import type { TensorData, Tensors } from './tensor.ts';
import { byteTokenizer } from './tokenizer/bytes.ts';
import { openTokenizer } from './tokenizer/huggingface.ts';
import { checkSpecial, checkVocabulary, type Tokenizer } from './tokenizer/tokenizer.ts';

export type { ReadDocument } from './batch.ts';

export interface LoadOptions extends SessionOptions {
  /** A tokenizer or the path of a `tokenizer.json`, instead of the one that the artifact names. */
  readonly tokenizer?: string | Tokenizer;
  readonly signal?: AbortSignal;
}

export interface ReadOptions {
  /** A document longer than the model reads: cut it with a warning (default), or refuse. */
  readonly long?: 'cut' | 'refuse';
  readonly signal?: AbortSignal;
}

export interface GenerateOptions extends ReadOptions, LimitOptions {}

export interface Reading {
  readonly document: ReadDocument;
  /** Memory slots that hold something. */
  readonly slots: number;
  /** The document's words with the weight that the memory gives them, in document order. */
  readonly kept: readonly KeptWord[];
}

export interface Generated extends Reading {
  readonly text: string;
  /** Without start, the final eos included. */
  readonly ids: readonly number[];
  readonly score: number;
}

export interface Memory extends Reading {
  /** Row-major [slots of the batch, d]; rows from `slots` on are padding. */
  readonly memory: Float32Array;
  readonly shape: readonly [number, number];
}

export interface Model {
  readonly info: ArtifactInfo;
  readonly tokenizer: Tokenizer;
  readonly device: string;
  /** What loading had to say (a tokenizer without a pad token, …). */
  readonly warnings: readonly Diagnostic[];
  /** Runs the graph on tensors, by the names of the artifact. Rejects with DiagnosticError. */
  run(feeds: Tensors, options?: RunOptions): Promise<Record<string, TensorData>>;
  /** Documents → text, for entry `generate`. */
  generate(documents: readonly string[], options?: GenerateOptions): Promise<Outcome<readonly Generated[]>>;
  /** Documents → memory, for entry `encode`. */
  encode(documents: readonly string[], options?: ReadOptions): Promise<Outcome<readonly Memory[]>>;
  close(): Promise<void>;
}

async function tokenizerFor(
  path: string,
  info: ArtifactInfo,
  asked?: string | Tokenizer,
): Promise<Outcome<Tokenizer>> {
  if (typeof asked === 'object') return { value: asked, diagnostics: [] };
  if (asked) return openTokenizer(asked, info.ids);
  const name = info.tokenizer;
  if (name === 'bytes' || name === '') return { value: byteTokenizer, diagnostics: [] };
  if (isAbsolute(name) || name.split(/[\\/]/).includes('..')) {
    const message = `${path} names a tokenizer outside its own folder: ${name}`;
    return {
      diagnostics: [runtimeDiagnostic('D554', message, 'pass the tokenizer yourself: --tokenizer FILE')],
    };
  }
  return openTokenizer(join(dirname(path), name), info.ids);
}

const DAMAGED = 'its data file is damaged or belongs to another model: compile it again';

const finite = (v: number | bigint): boolean => Number.isFinite(Number(v));

export async function loadModel(path: string, options: LoadOptions = {}): Promise<Outcome<Model>> {
  const read = await readModel(path);
  if (!read.value) return { diagnostics: read.diagnostics };
  const info = infoFrom(metadataIn(read.value));
  if (!info) {
    const message = `${path} does not say what model it is: it was not compiled by Benben, or was changed since`;
    return { diagnostics: [runtimeDiagnostic('D554', message)] };
  }
  const tokenizer = await tokenizerFor(path, info, options.tokenizer);
  if (!tokenizer.value) return { diagnostics: tokenizer.diagnostics };
  const misfit = [
    ...checkVocabulary(tokenizer.value, info.spec.vocabulary),
    ...checkSpecial(tokenizer.value, info.ids),
  ];
  if (misfit.length > 0) return { diagnostics: [...tokenizer.diagnostics, ...misfit] };
  const blocked = await blockedData(path, read.value);
  if (blocked) return { diagnostics: [blocked] };
  const device = await findDevice(options.device ?? 'auto', targetOf(info));
  if (!device.value) return { diagnostics: device.diagnostics };
  const misplaced = placementDiagnostics(path, read.value, device.value);
  if (misplaced.some(({ severity }) => severity === 'error')) return { diagnostics: misplaced };
  const session = await openSession(path, { ...options, device: device.value.name }, options.signal);
  if (!session.value) return { diagnostics: session.diagnostics };
  const untrue = await claimProblem(path, info, session.value);
  if (untrue) return { diagnostics: [untrue] };
  const warnings = [...tokenizer.diagnostics, ...misplaced, ...session.diagnostics];
  return { value: modelOf(info, tokenizer.value, session.value, warnings), diagnostics: warnings };
}

/** What it was compiled for, where that is one of the targets: a file may claim anything. */
const targetOf = ({ target }: ArtifactInfo): Target | undefined => TARGETS.find((name) => name === target);

/** A file may claim any entry; its session shows what it is, and is closed where that differs. */
async function claimProblem(
  path: string,
  { entry }: ArtifactInfo,
  session: Session,
): Promise<Diagnostic | undefined> {
  const { inputs, outputs } = ENTRY_PORTS[entry];
  const input = misfitOf(inputs, session.inputs);
  const output = misfitOf(outputs, session.outputs);
  if (input === undefined && output === undefined) return undefined;
  await session.close();
  const what = input === undefined ? `output ${output}` : `input ${input}`;
  const message = `${path} is no model of entry '${entry}', as it says it is: ${what}`;
  return runtimeDiagnostic('D554', message, 'compile it again');
}

function modelOf(
  info: ArtifactInfo,
  tokenizer: Tokenizer,
  session: Session,
  warnings: readonly Diagnostic[],
): Model {
  const refuse = (entry: string): Outcome<never> => {
    const message = `this artifact was compiled for entry '${info.entry}', not '${entry}'`;
    return { diagnostics: [runtimeDiagnostic('D554', message, `compile it with --entry ${entry}`)] };
  };

  /** What every entry over documents shares: read, run, and tell what was kept. */
  async function runOn<T>(
    entry: string,
    texts: readonly string[],
    more: Tensors,
    options: ReadOptions,
    result: (out: Record<string, TensorData>, row: number, reading: Reading) => T,
  ): Promise<Outcome<readonly T[]>> {
    if (info.entry !== entry) return refuse(entry);
    if (texts.length === 0) return { value: [], diagnostics: [] };
    try {
      const batch = batchOf(texts, tokenizer, info, options.long ?? 'cut');
      const run: RunOptions = { move: true, ...(options.signal && { signal: options.signal }) };
      const out = await session.run({ ...batch.feeds, ...more }, run);
      const lost = Object.keys(out).find(
        (name) => out[name]!.dtype === 'float32' && !out[name]!.data.every(finite),
      );
      if (lost !== undefined) {
        const message = `the model's ${lost} are not finite numbers`;
        return { diagnostics: [...batch.diagnostics, runtimeDiagnostic('D557', message, DAMAGED)] };
      }
      const value = texts.map((text, row) => {
        const slots = rowOf(out.memory_mask!, row).filter((v) => Number(v) === 1).length;
        const kept = keptWords(text, batch.encoded[row]!, {
          index: rowOf(out.origin_index!, row),
          weight: rowOf(out.origin_weight!, row),
        });
        return result(out, row, { document: batch.documents[row]!, slots, kept });
      });
      return { value, diagnostics: batch.diagnostics };
    } catch (error) {
      if (error instanceof DiagnosticError) return { diagnostics: error.diagnostics };
      throw error;
    }
  }

  return {
    info,
    tokenizer,
    device: session.device,
    warnings,
    run: (feeds, options) => session.run(feeds, options),
    async generate(texts, options = {}) {
      if (info.entry !== 'generate') return refuse('generate');
      const limits = limitsOf(options, info.spec);
      if (!limits.value) return { diagnostics: limits.diagnostics };
      const { max, min, lengthPenalty } = limits.value;
      const more: Tensors = {
        max_length: int64([], [max]),
        min_length: int64([], [min]),
        length_penalty: float32([], [lengthPenalty]),
      };
      return runOn('generate', texts, more, options, (out, row, reading): Generated => {
        const ids = untilEnd(rowOf(out.sequences!, row), info);
        const score = Number(rowOf(out.scores!, row)[0]);
        return { ...reading, text: tokenizer.decode(ids), ids, score };
      });
    },
    encode: (texts, options = {}) =>
      runOn('encode', texts, {}, options, (out, row, reading): Memory => {
        const [, slots, width] = out.memory!.shape as readonly [number, number, number];
        return { ...reading, memory: rowOf(out.memory!, row) as Float32Array, shape: [slots, width] };
      }),
    close: () => session.close(),
  };
}
