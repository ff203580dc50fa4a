/** The first screen of a report: a table of models, one of layers, and one of memory and time. */
import { printable } from '../../../dsl/printable.ts';
import type { SummarizedModel, SummaryDocument } from '../../document.ts';
import { distinct } from '../distinct.ts';
import type { Section } from '../section.ts';
import { sweepSection } from '../sweep.ts';
import { layersTable } from './layers.ts';
import { lengthsText, memoryTable, modelsTable } from './models.ts';
import { nameOf } from './quantity_rows.ts';

export interface SummarySections {
  /** The file, or the number of files. */
  readonly source: string;
  /** The lengths that the report is for. */
  readonly lengths: string;
  readonly sections: readonly Section[];
}

function sourceOf(models: readonly SummarizedModel[]): string {
  const paths = [...new Set(models.map(({ source }) => source.path))];
  return paths.length === 1 ? printable(paths[0]!) : `${paths.length} files`;
}

export function summaryOf(document: SummaryDocument): SummarySections {
  const models = distinct(document.models);
  const sweeps = models.flatMap(({ report, sweep }): readonly Section[] => {
    if (!sweep) return [];
    const section = sweepSection(sweep);
    return models.length > 1 ? [{ ...section, title: `${nameOf(report)}: ${section.title}` }] : [section];
  });
  return {
    source: sourceOf(models),
    lengths: lengthsText(models),
    sections: [modelsTable(models), layersTable(models), memoryTable(models), ...sweeps],
  };
}
