/**
 * Text of ids that arrive a few at a time. What has been given out can never be taken back, so whatever
 * the next ids may still change is held back: half a character, and with tokenizers whose decoder
 * looks at neighbours (WordPiece joins `do` and `##n't`, clean-up drops spaces) the last word with the
 * space before it.
 */
import type { Tokenizer } from './tokenizer.ts';

export interface SettledText {
  /** The text that these further ids settle. */
  push(ids: readonly number[]): string;
  /** The rest, after the last ids. All that was given, joined, is what decoding all ids at once gives. */
  end(ids: readonly number[]): string;
}

/** What an unfinished UTF-8 sequence decodes to: one of them, whatever stands before it. */
const UNFINISHED = /\uFFFD$/;
const LAST_WORD = /\s*\S*\s*$/;

export function settledText({ decode, settles = 'words' }: Tokenizer): SettledText {
  let ids: readonly number[] = [];
  let given = '';
  const rest = (text: string): string => {
    // Nothing while a decoder has changed its mind about what was given: the end may agree again.
    if (!text.startsWith(given)) return '';
    const more = text.slice(given.length);
    given = text;
    return more;
  };
  return {
    push(more) {
      ids = [...ids, ...more];
      const text = decode(ids).replace(settles === 'characters' ? UNFINISHED : LAST_WORD, '');
      return text.length > given.length ? rest(text) : '';
    },
    end(more) {
      ids = [...ids, ...more];
      return rest(decode(ids));
    },
  };
}
