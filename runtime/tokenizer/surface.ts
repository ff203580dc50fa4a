/**
 * Converts tokens of a Hugging Face vocabulary to the text that they stand for. Vocabularies use special spellings:
 * GPT-2's byte alphabet, `##` inside a word, `</w>` at its end, `▁` for a space, `<0x0A>` for a byte. The texts are shown
 * to people and used by `align`. Generated ids are decoded by the library, not here.
 */
import type { TokenGroup } from './align.ts';
import { placeholder } from './tokenizer.ts';

export interface Spelling {
  /** True if characters stand for bytes, as in GPT-2. */
  readonly byteLevel: boolean;
  /** True if `<0x0A>` stands for a byte. */
  readonly byteFallback: boolean;
  /** The prefix of a token that continues a word; may be empty. */
  readonly prefix: string;
  /** The suffix of a token that ends a word; may be empty. */
  readonly suffix: string;
  /** The token that the library uses for unknown words. */
  readonly unknown: string | undefined;
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

function bytesOf(token: string, spelling: Spelling): number[] | undefined {
  if (spelling.byteFallback) {
    const code = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
    if (code !== undefined) return [Number.parseInt(code, 16)];
  }
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

/** The texts of a sequence of tokens. Tokens that contain parts of the same character form one group. */
export function groupTokens(tokens: readonly string[], spelling: Spelling): TokenGroup[] {
  const groups: TokenGroup[] = [];
  let bytes: number[] = [];
  let count = 0;
  const flush = (): void => {
    if (count > 0) groups.push({ text: Buffer.from(bytes).toString('utf8'), tokens: count });
    bytes = [];
    count = 0;
  };
  for (const token of tokens) {
    const more = token === spelling.unknown ? undefined : bytesOf(token, spelling);
    if (more === undefined) {
      flush();
      groups.push({ text: token === spelling.unknown ? undefined : plain(token, spelling), tokens: 1 });
      continue;
    }
    bytes.push(...more);
    count += 1;
    if (!endsInsideCharacter(bytes)) flush();
  }
  flush();
  return groups;
}

function endsInsideCharacter(bytes: readonly number[]): boolean {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return false;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2);
  }
  return false;
}
