/** Writes the first screen of a report for a terminal or a text file. */
import type { SummaryDocument } from '../../document.ts';
import { fitted, sectionText } from '../section_text.ts';
import type { Palette } from '../table.ts';
import { summaryOf } from './sections.ts';

const MORE = '--full adds Table 1 in symbols, operations, parameters, training and formulas.';

export function render(document: SummaryDocument, paint: Palette): string {
  const { source, lengths, sections } = summaryOf(document);
  const texts = sections.flatMap((section) => (section.groups ? [section] : fitted(section)));
  const tables = texts.map((section) => sectionText(section, paint));
  return `${[`${paint.dim(`${source}:`)} ${lengths}`, ...tables, paint.dim(MORE)].join('\n\n')}\n`;
}
