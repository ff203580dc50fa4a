/** What a tokenizer is, whichever it is, and how a long document is cut to the model's length. */

import type { SpecialIds as ModelIds } from '../../compiler/model/lowering.ts';
import { type Diagnostic, DiagnosticError, type Span } from '../../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../../pipeline/codes.ts';

export interface SpecialIds {
  readonly bos: number;
  readonly pad: number;
  readonly eos: number;
  readonly unk: number;
}

/** fairseq's ids (SYSTEMS.md 5.6), which models use unless they are compiled for a tokenizer with others. */
export const FAIRSEQ_IDS: SpecialIds = { bos: 0, pad: 1, eos: 2, unk: 3 };

export interface Encoded {
  /** Ends with eos; has no bos. */
  readonly ids: readonly number[];
  /**
   * Two numbers per token: where in the text it begins and ends (UTF-16 offsets). Flat, because a
   * long document has millions of them; `spanOf` reads it. Absent when it cannot be told. Tokens
   * that make one character together have its span; eos has the empty span at the text's end.
   */
  readonly spans?: Uint32Array;
}

export interface Tokenizer {
  /** For people and metadata: `bytes`, or the file's name. */
  readonly name: string;
  /** Ids are below this. */
  readonly size: number;
  readonly special: SpecialIds;
  /** Throws DiagnosticError (D531) when a tokenizer from a file breaks down. */
  encode(text: string): Encoded;
  /** The text of generated ids, special ones left out; ids that mean nothing show as `⟨1234⟩`. */
  decode(ids: readonly number[]): string;
  /** One token for people: its text, or `⟨…⟩` when it has none. */
  piece(id: number): string;
  /**
   * What more ids may still change at the end of a decoded text: a character that is not whole yet, or (the
   * default) the last word.
   */
  readonly settles?: 'characters' | 'words';
}

export function spanOf(encoded: Encoded, token: number): Span | undefined {
  const start = encoded.spans?.[2 * token];
  const end = encoded.spans?.[2 * token + 1];
  return start === undefined || end === undefined ? undefined : { start, end };
}

export interface Truncated {
  readonly encoded: Encoded;
  /** Tokens left out, eos not counted; 0 when everything fitted. */
  readonly omittedTokens: number;
  /** Characters of the text left out, when the tokenizer can tell. */
  readonly omittedCharacters?: number;
}

/** At most `maxLength` tokens: the document's first ones and eos (fairseq's truncation). */
export function truncate(encoded: Encoded, maxLength: number): Truncated {
  if (!Number.isInteger(maxLength) || maxLength < 1)
    throw new RangeError(`no document has ${maxLength} tokens`);
  const { ids, spans } = encoded;
  const omittedTokens = Math.max(0, ids.length - maxLength);
  if (omittedTokens === 0) return { encoded, omittedTokens, omittedCharacters: 0 };
  const kept = [...ids.slice(0, maxLength - 1), ids[ids.length - 1]!];
  if (!spans) return { encoded: { ids: kept }, omittedTokens };
  const textEnd = spans[spans.length - 1]!;
  const cut = maxLength === 1 ? 0 : spans[2 * (maxLength - 1) - 1]!;
  const keptSpans = spans.slice(0, 2 * maxLength);
  keptSpans.set([cut, cut], 2 * (maxLength - 1));
  return { encoded: { ids: kept, spans: keptSpans }, omittedTokens, omittedCharacters: textEnd - cut };
}

/** Empty when every id of the tokenizer has a row in an embedding of that many. */
export function checkVocabulary({ name, size }: Tokenizer, vocabulary: number): Diagnostic[] {
  if (size <= vocabulary) return [];
  const message = `tokenizer ${name} has ${size} ids, the model’s vocabulary only ${vocabulary}`;
  return [
    runtimeDiagnostic('D534', message, `write \`vocabulary ${size}\` in the model, or use its own tokenizer`),
  ];
}

/** Empty when the tokenizer pads and ends texts with the ids that the model was compiled for. */
export function checkSpecial({ name, special }: Tokenizer, ids: ModelIds): Diagnostic[] {
  const wrong = (['pad', 'eos'] as const)
    .filter((role) => special[role] !== ids[role])
    .map((role) => `its ${role} is ${special[role]}, the model’s ${ids[role]}`);
  if (wrong.length === 0) return [];
  const message = `tokenizer ${name} has other special tokens than the model: ${wrong.join('; ')}`;
  const help =
    'use the tokenizer that the model was compiled for, or compile the model with this one: --tokenizer FILE';
  return [runtimeDiagnostic('D532', message, help)];
}

export function placeholder(what: number | string): string {
  return `⟨${what}⟩`;
}

export function tokenizerFailure(name: string, why: string): DiagnosticError {
  return new DiagnosticError(runtimeDiagnostic('D531', `tokenizer ${name} failed: ${why}`));
}
