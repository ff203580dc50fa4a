/**
 * Decodes ids that arrive a few at a time. Emitted text cannot be changed, so text that the next ids may still change is
 * not emitted yet. This is an incomplete character, or the last word with the space before it for tokenizers whose
 * decoder depends on neighbouring tokens (WordPiece joins `do` and `##n't`, clean-up removes spaces).
 */
import type { Tokenizer } from './tokenizer.ts';

export interface SettledText {
  /** Adds ids and returns the text that has become final. */
  push(ids: readonly number[]): Promise<string>;
  /** Adds the last ids and returns the remaining text. All returned texts, joined, equal the decoded text of all ids. */
  end(ids: readonly number[]): Promise<string>;
}

/** An incomplete UTF-8 sequence decodes to one replacement character. */
const UNFINISHED = /\uFFFD$/;
const LAST_WORD = /\s*\S*\s*$/;

export function settledText({ decode, joins = () => false, settles = 'words' }: Tokenizer): SettledText {
  let ids: readonly number[] = [];
  let given = '';
  const rest = (text: string): string => {
    // A decoder may change text that was emitted already. Nothing more is emitted until its text begins with it again.
    if (!text.startsWith(given)) return '';
    const more = text.slice(given.length);
    given = text;
    return more;
  };
  return {
    async push(more) {
      ids = [...ids, ...more];
      const certain = ids.slice(0, 1 + ids.findLastIndex((id) => !joins(id)));
      const text = (await decode(certain)).replace(settles === 'characters' ? UNFINISHED : LAST_WORD, '');
      return text.length > given.length ? rest(text) : '';
    },
    async end(more) {
      ids = [...ids, ...more];
      return rest(await decode(ids));
    },
  };
}
