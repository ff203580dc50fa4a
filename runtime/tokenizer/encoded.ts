/** Converts what the library returns for a text. */
import type { RawEncoding } from './library_program.ts';
import type { Encoded } from './tokenizer.ts';

/**
 * The ids and spans of a text. An eos is appended unless the tokenizer's own template has added one after the text.
 * Offsets in code points become UTF-16 offsets.
 */
export function encodedOf(text: string, raw: RawEncoding, eos: number): Encoded {
  const { ids, offsets, special } = raw;
  const count = ids.length;
  let leading = 0;
  while (leading < count && special[leading] === 1) leading++;
  let trailing = 0;
  while (trailing < count - leading && special[count - 1 - trailing] === 1) trailing++;
  // Without tokens of the text, the template's tokens before and after it cannot be told apart.
  const ends = (leading === count ? ids : ids.subarray(count - trailing)).includes(eos);
  if (leading === count && ends) {
    trailing = count - ids.indexOf(eos);
    leading = count - trailing;
  }
  const all = ends ? Array.from(ids) : [...ids, eos];
  const spans = new Uint32Array(2 * all.length).fill(text.length);
  spans.fill(0, 0, 2 * leading);
  const place = placesIn(text);
  for (let i = 2 * leading; i < 2 * (count - trailing); i++) spans[i] = place(offsets[i]!);
  return { ids: all, spans, leading, trailing: ends ? trailing : trailing + 1 };
}

/** Finds the UTF-16 offset of a code point. */
function placesIn(text: string): (point: number) => number {
  // Most texts have no characters beyond U+FFFF, so that both offsets are the same.
  if (!/[\u{10000}-\u{10FFFF}]/u.test(text)) return (point) => Math.min(point, text.length);
  const places = new Uint32Array(text.length + 1);
  let points = 0;
  for (let place = 0; place < text.length; points++) {
    places[points] = place;
    place += text.codePointAt(place)! > 0xffff ? 2 : 1;
  }
  places.fill(text.length, points);
  return (point) => places[Math.min(point, points)]!;
}
