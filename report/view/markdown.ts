/** Writes a report in Markdown, with tables as GitHub renders them. */
import type { ReportDocument } from '../document.ts';
import type { Section } from './section.ts';
import { sectionsOf } from './sections.ts';

/** Escapes text so that it is not read as emphasis, a link, the end of a cell, or HTML. */
export const escaped = (text: string): string =>
  text.replace(/[\\`*_{}[\]<>#|~&]/g, (sign) => `\\${sign}`).replace(/\s+/g, ' ');

/**
 * A code span. Its fence is longer than any run of backticks in the text, and pipes are escaped, because they end a cell
 * even inside a code span.
 */
export function code(text: string): string {
  if (text === '') return '';
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const space = longest > 0 ? ' ' : '';
  return fence + space + text.replace(/\s+/g, ' ').replaceAll('|', '\\|') + space + fence;
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function sectionText({ title, head, rows, right, code: formulas = [], summed, notes }: Section): string {
  const cells = rows.map((values, i) =>
    values.map((value, column) => {
      if (formulas.includes(column)) return code(value);
      const text = escaped(value);
      return summed && i === rows.length - 1 && text !== '' ? `**${text}**` : text;
    }),
  );
  const line = head.map((_, i) => (right.includes(i) ? '---:' : '---'));
  const tableText = [row(head.map(escaped)), row(line), ...cells.map(row)].join('\n');
  return [`### ${escaped(title)}`, tableText, ...(notes ?? []).map(escaped)].join('\n\n');
}

export function render(document: ReportDocument): string {
  const { comparison, models } = sectionsOf(document);
  const texts = models.flatMap(({ name, path, about, sections }) => [
    `## ${escaped(name)}`,
    `${code(path)}: ${escaped(about[0]!)}`,
    ...about.slice(1).map(escaped),
    ...sections.map(sectionText),
  ]);
  return `${[...(comparison ? [sectionText(comparison)] : []), ...texts].join('\n\n')}\n`;
}
