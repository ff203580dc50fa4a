/** Writes a whole report for a terminal or a text file: aligned tables, with colours on terminals. */
import type { ReportDocument } from '../document.ts';
import { sectionText } from './section_text.ts';
import { sectionsOf } from './sections.ts';
import { type Palette, wrap } from './table.ts';

export function render(document: ReportDocument, paint: Palette): string {
  const { comparison, models } = sectionsOf(document);
  const texts = models.map(({ name, path, about, sections }) =>
    [
      [`${paint.bold(name)}  ${paint.dim(path)}`, ...about.map((note) => wrap(note, 88))].join('\n'),
      ...sections.map((section) => sectionText(section, paint)),
    ].join('\n\n'),
  );
  const first = comparison ? [sectionText(comparison, paint)] : [];
  return `${[...first, ...texts].join('\n\n\n')}\n`;
}
