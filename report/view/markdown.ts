/** Writes a whole report in Markdown. */
import type { ReportDocument } from '../document.ts';
import { code, escaped, sectionText } from './section_markdown.ts';
import { sectionsOf } from './sections.ts';

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
