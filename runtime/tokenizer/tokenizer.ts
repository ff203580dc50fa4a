/** The interface of all tokenizers, the truncation of long documents, and the checks that a tokenizer fits a model. */
import type { SpecialIds as ModelIds } from '../../compiler/model/lowering.ts';
import { type Diagnostic, DiagnosticError, type Span } from '../../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../../pipeline/codes.ts';

export interface SpecialIds {
  readonly bos: number;
  readonly pad: number;
  readonly eos: number;
  readonly unk: number;
}

/** fairseq's ids (SYSTEMS.md 5.6), which models use unless they are compiled for a tokenizer with other ids. */
export const FAIRSEQ_IDS: SpecialIds = { bos: 0, pad: 1, eos: 2, unk: 3 };

export interface Encoded {
  /** The ids of the text and of the special tokens around it. One of those after the text is eos. */
  readonly ids: readonly number[];
  /**
   * Two numbers per token: its start and end in the text (UTF-16 offsets). The array is flat, because a long document
   * has millions of tokens; `spanOf` reads it. Absent if the offsets are unknown. Tokens that form a character together
   * all have its span. Special tokens have the empty span at the start or the end of the text.
   */
  readonly spans?: Uint32Array;
  /** The number of special tokens before the text. Default 0. */
  readonly leading?: number;
  /** The number of special tokens after the text. Default 1, the eos. */
  readonly trailing?: number;
}

export interface Tokenizer {
  /** The name for messages and metadata: `bytes`, or the name of the file. */
  readonly name: string;
  /** All ids are below this number. */
  readonly size: number;
  readonly special: SpecialIds;
  /** Tokenizes a text. Rejects with DiagnosticError (D531) if a tokenizer from a file fails. */
  encode(text: string): Promise<Encoded>;
  /** The text of generated ids, without special ones. An unknown id becomes `⟨1234⟩`. Rejects as `encode` does. */
  decode(ids: readonly number[]): Promise<string>;
  /** The text of one token for people, or `⟨…⟩` if it has none. */
  piece(id: number): string;
  /**
   * The end of a decoded text that further ids may still change: the last, incomplete character (`characters`), or the
   * last word (`words`). Default `words`.
   */
  readonly settles?: 'characters' | 'words';
  /**
   * Whether the text at an id is certain only when an id that does not join follows: a byte, or an id without a text, which
   * may be between bytes. Default: no id.
   */
  joins?(id: number): boolean;
}

/** The span of a token in the text, or undefined if the offsets are unknown. */
export function spanOf(encoded: Encoded, token: number): Span | undefined {
  const start = encoded.spans?.[2 * token];
  const end = encoded.spans?.[2 * token + 1];
  return start === undefined || end === undefined ? undefined : { start, end };
}

export interface Truncated {
  readonly encoded: Encoded;
  /** The number of tokens that were left out; 0 if everything fits. */
  readonly omittedTokens: number;
  /** The number of UTF-16 code units that were left out; absent if the tokenizer gives no offsets. */
  readonly omittedCharacters?: number;
}

/**
 * Cuts a text to `maxLength` tokens: its first tokens and the special tokens around it. If not even these fit, the last
 * ones stay. Throws RangeError for a length below 1.
 */
export function truncate(encoded: Encoded, maxLength: number): Truncated {
  if (!Number.isInteger(maxLength) || maxLength < 1)
    throw new RangeError(`a document cannot be cut to ${maxLength} tokens`);
  const { ids, spans } = encoded;
  const omittedTokens = Math.max(0, ids.length - maxLength);
  if (omittedTokens === 0) return { encoded, omittedTokens, omittedCharacters: 0 };
  const trailing = Math.min(encoded.trailing ?? 1, maxLength);
  const before = maxLength - trailing;
  const leading = Math.min(encoded.leading ?? 0, before);
  const kept = {
    ids: [...ids.slice(0, before), ...ids.slice(ids.length - trailing)],
    ...(encoded.leading !== undefined && { leading }),
    ...(encoded.trailing !== undefined && { trailing }),
  };
  if (!spans) return { encoded: kept, omittedTokens };
  const textEnd = spans[spans.length - 1]!;
  const cut = before === 0 ? 0 : spans[2 * before - 1]!;
  const keptSpans = spans.slice(0, 2 * maxLength).fill(cut, 2 * before);
  return { encoded: { ...kept, spans: keptSpans }, omittedTokens, omittedCharacters: textEnd - cut };
}

/** A diagnostic (D534) if the tokenizer has more ids than the model's embedding has rows. */
export function checkVocabulary({ name, size }: Tokenizer, vocabulary: number): Diagnostic[] {
  if (size <= vocabulary) return [];
  const message = `tokenizer ${name} has ${size} ids, but the model’s vocabulary has only ${vocabulary}`;
  return [
    runtimeDiagnostic('D534', message, `write \`vocabulary ${size}\` in the model, or use its own tokenizer`),
  ];
}

/** A diagnostic (D532) if the tokenizer's pad or eos is not the one that the model was compiled for. */
export function checkSpecial({ name, special }: Tokenizer, ids: ModelIds): Diagnostic[] {
  const wrong = (['pad', 'eos'] as const)
    .filter((role) => special[role] !== ids[role])
    .map((role) => `its ${role} is ${special[role]}, but the model’s is ${ids[role]}`);
  if (wrong.length === 0) return [];
  const message = `tokenizer ${name} does not have the special tokens of the model: ${wrong.join('; ')}`;
  const help =
    'use the tokenizer that the model was compiled for, or compile the model with this one: --tokenizer FILE';
  return [runtimeDiagnostic('D532', message, help)];
}

/** The text for a token that has no text of its own. */
export function placeholder(what: number | string): string {
  return `⟨${what}⟩`;
}

export function tokenizerFailure(name: string, why: string): DiagnosticError {
  return new DiagnosticError(runtimeDiagnostic('D531', `tokenizer ${name} failed: ${why}`));
}
