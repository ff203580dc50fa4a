/** Writes a table of a report in Markdown, as GitHub renders it. */
import type { Section } from './section.ts';

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

/** The titles above the columns, in the cells of the head: Markdown has no cells over several columns. */
function headOf({ head, groups = [] }: Section): readonly string[] {
  const titles = groups.flatMap(({ title, columns }) => Array.from({ length: columns }, () => title));
  const before = head.length - titles.length;
  return head.map((text, i) => (i < before ? text : `${titles[i - before]}: ${text}`));
}

export function sectionText(section: Section): string {
  const { title, rows, right, code: formulas = [], summed, notes } = section;
  const head = headOf(section);
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
