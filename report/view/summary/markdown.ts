/** Writes the first screen of a report in Markdown, for a pull request. */
import type { SummaryDocument } from '../../document.ts';
import { code, escaped, sectionText } from '../section_markdown.ts';
import { summaryOf } from './sections.ts';

export function render(document: SummaryDocument): string {
  const { source, lengths, sections } = summaryOf(document);
  return `${[`${code(source)}: ${escaped(lengths)}`, ...sections.map(sectionText)].join('\n\n')}\n`;
}
