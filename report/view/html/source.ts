/** Source listings: whole files, or the lines of one model. */
import type { Source, Span } from '../../../dsl/diagnostics.ts';
import { type Html, html } from './markup.ts';

/** A range of lines, numbered from 0; both ends are included. */
export interface Lines {
  readonly first: number;
  readonly last: number;
}

/** The line with its comment replaced by spaces. */
const code = (line: string): string => line.replace(/\/\/.*$/, (comment) => ' '.repeat(comment.length));

/**
 * The lines of the model whose name is at the span: from the comments directly above the model to its closing brace. If
 * the span is beyond the text, the nearest line is returned.
 */
export function linesOfModel({ text }: Source, { start }: Span): Lines {
  const lines = text.split('\n');
  const at = Math.min(text.slice(0, start).split('\n').length, lines.length) - 1;
  let first = at;
  while (first > 0 && /^\s*\/\//.test(lines[first - 1]!)) first -= 1;
  let open = 0;
  let opened = false;
  for (let last = at; last < lines.length; last++) {
    for (const character of code(lines[last]!)) {
      if (character === '{') open += 1;
      if (character === '}') open -= 1;
      opened ||= character === '{';
    }
    if (opened && open <= 0) return { first, last };
  }
  return { first, last: Math.max(at, lines.length - 1) };
}

function lineOf(line: string, number: number): Html {
  const comment = line.indexOf('//');
  const [before, after] = comment < 0 ? [line, ''] : [line.slice(0, comment), line.slice(comment)];
  const words = before
    .split(/\b(model|extends|check|encoder|decoder)\b/)
    .map((text, i) => (i % 2 === 1 ? html`<b>${text}</b>` : html`${text}`));
  return html`<span class="ln" data-n="${number}">${words}${after && html`<i>${after}</i>`}
</span>`;
}

export function listing(source: Source, { first, last }: Lines, label: string): Html {
  const lines = source.text.split('\n').slice(first, last + 1);
  const shown = lines.map((line, i) => lineOf(line.replace(/\r$/, ''), first + i + 1));
  return html`<div class="source scroll" role="region" tabindex="0" aria-label="${label}"><pre><code>${shown}</code></pre></div>`;
}

export const whole = ({ text }: Source): Lines => ({
  first: 0,
  last: text.replace(/\n$/, '').split('\n').length - 1,
});
