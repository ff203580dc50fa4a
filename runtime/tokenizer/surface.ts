/**
 * Converts tokens of a Hugging Face vocabulary to the text that they stand for. Vocabularies use special spellings:
 * GPT-2's byte alphabet, `##` inside a word, `</w>` at its end, `▁` for a space, `<0x0A>` for a byte. The texts are shown
 * to people. Generated ids are decoded by the library, not here.
 */
import { placeholder } from './tokenizer.ts';
import { isJson, type Json } from './tokenizer_file.ts';

export interface Spelling {
  /** True if characters stand for bytes, as in GPT-2. */
  readonly byteLevel: boolean;
  /** True if `<0x0A>` stands for a byte. */
  readonly byteFallback: boolean;
  /** The prefix of a token that continues a word; may be empty. */
  readonly prefix: string;
  /** The suffix of a token that ends a word; may be empty. */
  readonly suffix: string;
}

/** The spelling of a `tokenizer.json`. */
export function spellingOf(json: Json): Spelling {
  const model = json.model as Json;
  const parts = [...steps(json.pre_tokenizer), ...steps(json.decoder)];
  const wordPiece = model.type === 'WordPiece' || parts.some(({ type }) => type === 'WordPiece');
  const text = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);
  return {
    byteLevel: parts.some(({ type }) => type === 'ByteLevel'),
    byteFallback: model.byte_fallback === true,
    prefix: text(model.continuing_subword_prefix, wordPiece ? '##' : ''),
    suffix: text(model.end_of_word_suffix, ''),
  };
}

/** The steps of a pre-tokenizer or a decoder, which may be a sequence of steps or a single step. */
export function steps(step: unknown): readonly Json[] {
  if (!isJson(step)) return [];
  const inner = step.pretokenizers ?? step.decoders;
  return Array.isArray(inner) ? inner.filter(isJson) : [step];
}

/** GPT-2's alphabet: a printable Latin-1 character stands for its own byte, and U+0100 onwards for the other bytes. */
const BYTE_OF: ReadonlyMap<string, number> = (() => {
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return new Map(
    Array.from({ length: 256 }, (_, byte) => [String.fromCharCode(printable(byte) ? byte : next++), byte]),
  );
})();

const BYTE = /^<0x([0-9A-Fa-f]{2})>$/;

/** Whether a token is a byte, which may be a part of a character. */
export const isByte = (token: string | undefined, { byteFallback }: Spelling): boolean =>
  byteFallback && token !== undefined && BYTE.test(token);

function bytesOf(token: string, spelling: Spelling): number[] | undefined {
  if (isByte(token, spelling)) return [Number.parseInt(token.slice(3), 16)];
  if (!spelling.byteLevel) return undefined;
  const bytes = Array.from(token, (character) => BYTE_OF.get(character));
  return bytes.every((byte) => byte !== undefined) ? bytes : undefined;
}

function plain(token: string, { prefix, suffix }: Spelling): string {
  const start = prefix !== '' && token.startsWith(prefix) ? prefix.length : 0;
  const ends = suffix !== '' && token.endsWith(suffix) && token.length >= start + suffix.length;
  return token.slice(start, ends ? token.length - suffix.length : token.length) + (ends ? ' ' : '');
}

/** The text of one token, or a placeholder for bytes that are not a whole character. */
export function showToken(token: string, spelling: Spelling): string {
  const bytes = bytesOf(token, spelling);
  if (bytes === undefined) return plain(token, spelling).replaceAll('\u2581', ' ');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    return placeholder(
      bytes.map((byte) => `0x${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(' '),
    );
  }
}
