/** A helper for tests of tokenizers' spans. */
import { type Encoded, spanOf } from '../../runtime/tokenizer/tokenizer.ts';

/** The part of the text in each token's span, without special tokens. */
export function cuts(text: string, encoded: Encoded): (string | undefined)[] {
  const { ids, leading = 0, trailing = 1 } = encoded;
  return ids.slice(leading, ids.length - trailing).map((_, i) => {
    const span = spanOf(encoded, leading + i);
    return span && text.slice(span.start, span.end);
  });
}
