/**
 * HTML by template. Whatever is put into a template is escaped unless it is markup already, so a name, a path or
 * a source text can say nothing but itself: forgetting to escape is not possible, only writing `raw` is.
 */

export interface Html {
  readonly html: string;
}

type Part = Html | string | number | bigint | null | undefined | false;

/** Markup that the program itself wrote; never for text from outside. */
export const raw = (text: string): Html => ({ html: text });

/** Controls, bidirectional marks and broken characters, which could make a text look like another one. */
const INVISIBLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
};

/** Safe between tags and inside quoted attributes. */
export const escaped = (text: string): string =>
  text.replace(INVISIBLE, '\uFFFD').replace(/[&<>"']/g, (character) => ENTITIES[character]!);

function written(part: Part | readonly Part[]): string {
  if (part === null || part === undefined || part === false) return '';
  if (typeof part === 'object') return 'html' in part ? part.html : part.map(written).join('');
  return escaped(String(part));
}

export const html = (texts: TemplateStringsArray, ...parts: readonly (Part | readonly Part[])[]): Html =>
  raw(texts.map((text, i) => text + written(parts[i])).join(''));

/** Digits for coordinates: three after the point are less than a pixel of any screen. */
export const fixed = (value: number): string => String(Math.round(value * 1000) / 1000);
