/**
 * HTML templates. Every value in a template is escaped unless it is already markup, so names, paths and source texts
 * cannot inject HTML. Only `raw` turns a text into markup without escaping.
 */

export interface Html {
  readonly html: string;
}

type Content = Html | string | number | bigint | null | undefined | false;

/** Markup that the program itself wrote. Never use it for text from outside. */
export const raw = (text: string): Html => ({ html: text });

/** Control characters, bidirectional marks and lone surrogates, which could disguise a text. */
const INVISIBLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for use between tags and in quoted attributes. */
export const escaped = (text: string): string =>
  text.replace(INVISIBLE, '\uFFFD').replace(/[&<>"']/g, (character) => ENTITIES[character]!);

function written(part: Content | readonly Content[]): string {
  if (part === null || part === undefined || part === false) return '';
  if (typeof part === 'object') return 'html' in part ? part.html : part.map(written).join('');
  return escaped(String(part));
}

export const html = (
  texts: TemplateStringsArray,
  ...parts: readonly (Content | readonly Content[])[]
): Html => raw(texts.map((text, i) => text + written(parts[i])).join(''));

/** Formats a coordinate with three decimals, which is finer than any screen's pixels. */
export const fixed = (value: number): string => String(Math.round(value * 1000) / 1000);
