/** What a tokenizer's spans cut out of its text. */
import { type Encoded, spanOf } from '../../runtime/tokenizer/tokenizer.ts';

/** The texts that the tokens' spans cut out, eos apart. */
export function cuts(text: string, encoded: Encoded): (string | undefined)[] {
  return encoded.ids.slice(0, -1).map((_, i) => {
    const span = spanOf(encoded, i);
    return span && text.slice(span.start, span.end);
  });
}
