/**
 * Cuts documents to the length that the model reads, converts them to the input tensors of one run, and converts rows of
 * the output back to ids.
 */
import { sizeOf } from '../compiler/ir/tensors.ts';
import { type Diagnostic, DiagnosticError } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import type { ArtifactInfo } from '../pipeline/metadata.ts';
import type { TensorData, Tensors } from './tensor.ts';
import { type Encoded, type Tokenizer, truncate } from './tokenizer/tokenizer.ts';

/** How much of a document the model read. */
export interface ReadDocument {
  /** The tokens that the model read, with eos and other special tokens. */
  readonly tokens: number;
  /** The tokens that were left out because the document is too long for the model. */
  readonly omittedTokens: number;
  /** The UTF-16 code units that were left out; absent if the tokenizer gives no offsets. */
  readonly omittedCharacters?: number;
}

export interface Batch {
  readonly encoded: readonly Encoded[];
  readonly documents: readonly ReadDocument[];
  readonly feeds: Tensors;
  /** Warnings (D553) about documents that were cut. */
  readonly diagnostics: readonly Diagnostic[];
}

export const int64 = (shape: readonly number[], values: Iterable<number>): TensorData => ({
  dtype: 'int64',
  shape,
  data: BigInt64Array.from(Array.from(values, BigInt)),
});

export const float32 = (shape: readonly number[], values: readonly number[]): TensorData => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});

/**
 * Tokenizes documents into feeds of shape [batch, tokens of the longest document]. Rejects with DiagnosticError if a
 * document is too long and `long` is `refuse` (D553), or if the tokenizer fails (D531).
 */
export async function batchOf(
  texts: readonly string[],
  tokenizer: Tokenizer,
  { ids: special, spec }: ArtifactInfo,
  long: 'cut' | 'refuse',
): Promise<Batch> {
  const limit = spec.encoder.length;
  const whole = await Promise.all(texts.map((text) => tokenizer.encode(text)));
  const cut = whole.map((encoded) => truncate(encoded, limit));
  const diagnostics = cut.flatMap(({ omittedTokens, omittedCharacters }, i) => {
    if (omittedTokens === 0) return [];
    const which = texts.length > 1 ? `document ${i + 1}` : 'the document';
    const characters = omittedCharacters === undefined ? '' : ` (${omittedCharacters} characters)`;
    const message = `${which} has ${limit + omittedTokens} tokens, but the model reads only ${limit}: the last ${omittedTokens}${characters} ${long === 'cut' ? 'are left out' : 'do not fit'}`;
    return [runtimeDiagnostic('D553', message, undefined, long === 'cut' ? 'warning' : 'error')];
  });
  if (long === 'refuse' && diagnostics.length > 0) throw new DiagnosticError(...diagnostics);
  const encoded = cut.map((c) => c.encoded);
  const width = encoded.reduce((most, { ids }) => Math.max(most, ids.length), 0);
  const rows = (f: (ids: readonly number[], at: number) => number): TensorData => {
    const data = emptyRows(texts.length, width);
    for (const [row, { ids }] of encoded.entries())
      for (let at = 0; at < width; at++) data[row * width + at] = BigInt(f(ids, at));
    return { dtype: 'int64', shape: [texts.length, width], data };
  };
  return {
    encoded,
    documents: cut.map(({ encoded: { ids }, omittedTokens, omittedCharacters }) => ({
      tokens: ids.length,
      omittedTokens,
      ...(omittedCharacters !== undefined && { omittedCharacters }),
    })),
    feeds: {
      input_ids: rows((ids, at) => ids[at] ?? special.pad),
      attention_mask: rows((ids, at) => Number(at < ids.length)),
    },
    diagnostics,
  };
}

/** Memory for a batch. Throws DiagnosticError (D543) if the batch is too large. */
function emptyRows(rows: number, width: number): BigInt64Array<ArrayBuffer> {
  try {
    return new BigInt64Array(rows * width);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = `${rows} documents of up to ${width} tokens need more memory than one call can have`;
    throw new DiagnosticError(runtimeDiagnostic('D543', message, 'give fewer documents to each call'));
  }
}

/** The elements of one item of a batch, row-major. */
export function rowOf(t: TensorData, row: number): TensorData['data'] {
  const size = sizeOf(t.shape.slice(1));
  return t.data.subarray(row * size, (row + 1) * size);
}

/** The ids of a generated row up to and including its eos, without padding. */
export function untilEnd(row: TensorData['data'], { ids: special }: ArtifactInfo): readonly number[] {
  const all = Array.from(row, Number);
  const end = all.indexOf(special.eos);
  return end < 0 ? all.filter((id) => id !== special.pad) : all.slice(0, end + 1);
}
