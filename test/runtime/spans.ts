/** A helper for tests of tokenizers' spans. */
import { type Encoded, spanOf } from '../../runtime/tokenizer/tokenizer.ts';

/** The part of the text in each token's span, without eos. */
export function cuts(text: string, encoded: Encoded): (string | undefined)[] {
  return encoded.ids.slice(0, -1).map((_, i) => {
    const span = spanOf(encoded, i);
    return span && text.slice(span.start, span.end);
  });
}
