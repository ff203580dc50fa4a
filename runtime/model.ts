/**
 * A compiled model with words around it: text in, text out, and which words of the document the
 * encoder kept. Works from an artifact alone: all it needs is written in the file.
 */
import { dirname, isAbsolute, join } from 'node:path';
import { type Diagnostic, DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import { type ArtifactInfo, infoFrom, metadataIn, readModel } from './artifact.ts';
import { runtimeDiagnostic } from './codes.ts';
import { type KeptWord, keptWords } from './kept.ts';
import { openSession, type RunOptions, type Session, type SessionOptions } from './session.ts';
import type { TensorData, Tensors } from './tensor.ts';
import { byteTokenizer } from './tokenizer/bytes.ts';
import { openTokenizer } from './tokenizer/huggingface.ts';
import { checkVocabulary, type Encoded, type Tokenizer, truncate } from './tokenizer/tokenizer.ts';

export interface LoadOptions extends SessionOptions {
  /** Path of a `tokenizer.json`, instead of the one that the artifact names. */
  readonly tokenizer?: string;
  readonly signal?: AbortSignal;
}

export interface ReadOptions {
  /** A document longer than the model reads: cut it with a warning (default), or refuse. */
  readonly long?: 'cut' | 'refuse';
  readonly signal?: AbortSignal;
}

export interface GenerateOptions extends ReadOptions {
  /** Most tokens before the final eos; default: the model's `target`, less one. */
  readonly max?: number;
  /** Fewest tokens before the final eos; default 0. */
  readonly min?: number;
  /** Exponent of the length in the score; default 1. */
  readonly lengthPenalty?: number;
}

/** How a document went in. */
export interface ReadDocument {
  readonly tokens: number;
  /** Left out because the document is longer than the model reads. */
  readonly omittedTokens: number;
  readonly omittedCharacters?: number;
}

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
  /** What loading had to say (a tokenizer whose special ids differ, …). */
  readonly warnings: readonly Diagnostic[];
  /** Runs the graph on tensors, by the names of the artifact. Rejects with DiagnosticError. */
  run(feeds: Tensors, options?: RunOptions): Promise<Record<string, TensorData>>;
  /** Documents → text, for entry `generate`. */
  generate(documents: readonly string[], options?: GenerateOptions): Promise<Outcome<readonly Generated[]>>;
  /** Documents → memory, for entry `encode`. */
  encode(documents: readonly string[], options?: ReadOptions): Promise<Outcome<readonly Memory[]>>;
  close(): Promise<void>;
}

export const int64 = (shape: readonly number[], values: Iterable<number>): TensorData => ({
  dtype: 'int64',
  shape,
  data: BigInt64Array.from(Array.from(values, BigInt)),
});

const float32 = (shape: readonly number[], values: readonly number[]): TensorData => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});

async function tokenizerFor(path: string, info: ArtifactInfo, asked?: string): Promise<Outcome<Tokenizer>> {
  if (!asked && (info.tokenizer === 'bytes' || info.tokenizer === '')) {
    return { value: byteTokenizer, diagnostics: [] };
  }
  if (asked) return openTokenizer(asked);
  const name = info.tokenizer;
  if (isAbsolute(name) || name.split(/[\\/]/).includes('..')) {
    const message = `${path} names a tokenizer outside its own folder: ${name}`;
    return {
      diagnostics: [runtimeDiagnostic('D554', message, 'pass the tokenizer yourself: --tokenizer FILE')],
    };
  }
  return openTokenizer(join(dirname(path), name));
}

export async function loadModel(path: string, options: LoadOptions = {}): Promise<Outcome<Model>> {
  const read = await readModel(path);
  if (!read.value) return { diagnostics: read.diagnostics };
  const info = infoFrom(metadataIn(read.value));
  if (!info) {
    const message = `${path} does not say what model it is: it was not compiled by Benben`;
    return { diagnostics: [runtimeDiagnostic('D554', message)] };
  }
  const tokenizer = await tokenizerFor(path, info, options.tokenizer);
  if (!tokenizer.value) return { diagnostics: tokenizer.diagnostics };
  const misfit = checkVocabulary(tokenizer.value, info.spec.vocabulary);
  if (misfit.length > 0) return { diagnostics: misfit };
  const session = await openSession(path, options, options.signal);
  if (!session.value) return { diagnostics: session.diagnostics };
  const warnings = [...tokenizer.diagnostics, ...session.diagnostics];
  return { value: modelOf(info, tokenizer.value, session.value, warnings), diagnostics: warnings };
}

interface Batch {
  readonly encoded: readonly Encoded[];
  readonly documents: readonly ReadDocument[];
  readonly feeds: Tensors;
  readonly diagnostics: readonly Diagnostic[];
}

function batchOf(
  texts: readonly string[],
  tokenizer: Tokenizer,
  info: ArtifactInfo,
  long: 'cut' | 'refuse',
): Batch {
  const limit = info.spec.encoder.length;
  const cut = texts.map((text) => truncate(tokenizer.encode(text), limit));
  const diagnostics = cut.flatMap(({ omittedTokens, omittedCharacters }, i) => {
    if (omittedTokens === 0) return [];
    const which = texts.length > 1 ? `document ${i + 1}` : 'the document';
    const characters = omittedCharacters === undefined ? '' : ` (${omittedCharacters} characters)`;
    const message = `${which} has ${limit + omittedTokens} tokens and the model reads ${limit}: the last ${omittedTokens}${characters} ${long === 'cut' ? 'are left out' : 'do not fit'}`;
    return [runtimeDiagnostic('D553', message, undefined, long === 'cut' ? 'warning' : 'error')];
  });
  const encoded = cut.map((c) => c.encoded);
  const width = Math.max(...encoded.map(({ ids }) => ids.length));
  const rows = <T>(f: (ids: readonly number[], at: number) => T): T[] =>
    encoded.flatMap(({ ids }) => Array.from({ length: width }, (_, at) => f(ids, at)));
  const shape = [texts.length, width];
  return {
    encoded,
    documents: cut.map(({ encoded: { ids }, omittedTokens, omittedCharacters }) => ({
      tokens: ids.length,
      omittedTokens,
      ...(omittedCharacters !== undefined && { omittedCharacters }),
    })),
    feeds: {
      input_ids: int64(
        shape,
        rows((ids, at) => ids[at] ?? tokenizer.special.pad),
      ),
      attention_mask: int64(
        shape,
        rows((ids, at) => Number(at < ids.length)),
      ),
    },
    diagnostics,
  };
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
      if (batch.diagnostics.some((d) => d.severity === 'error')) return { diagnostics: batch.diagnostics };
      const run: RunOptions = { move: true, ...(options.signal && { signal: options.signal }) };
      const out = await session.run({ ...batch.feeds, ...more }, run);
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
    generate(texts, options = {}) {
      const max = options.max ?? Math.max((info.spec.decoder?.target ?? 1) - 1, 0);
      const more: Tensors = {
        max_length: int64([], [max]),
        min_length: int64([], [options.min ?? 0]),
        length_penalty: float32([], [options.lengthPenalty ?? 1]),
      };
      return runOn('generate', texts, more, options, (out, row, reading): Generated => {
        const all = Array.from(rowOf(out.sequences!, row), Number);
        const end = all.indexOf(tokenizer.special.eos);
        const ids = end < 0 ? all : all.slice(0, end + 1);
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

/** One item of a batch, all its axes flat. */
function rowOf(t: TensorData, row: number): TensorData['data'] {
  const size = t.shape.slice(1).reduce((a, b) => a * b, 1);
  return t.data.subarray(row * size, (row + 1) * size);
}
