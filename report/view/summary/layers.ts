/** The table of layers on the first screen of a report, with the models beside each other. */
import type { SummarizedModel } from '../../document.ts';
import { share, short } from '../numbers.ts';
import type { Section } from '../section.ts';
import { COLUMNS } from '../section_text.ts';
import { tableWidth } from '../table.ts';
import { costOf, type LayerLine, linesOf } from './layer_lines.ts';
import { nameOf } from './quantity_rows.ts';
import { schedulesTable } from './schedules.ts';

interface LayerColumn {
  readonly head: string;
  readonly text?: true;
  readonly cell: (line: LayerLine) => string;
}

const part = (head: string, names: readonly string[]): LayerColumn => ({
  head,
  cell: (line) => (names.some((name) => line.macs?.[name] !== undefined) ? short(costOf(line, names)) : ''),
});

const READS: LayerColumn = { head: 'reads', cell: ({ reads }) => reads };
const KIND: LayerColumn = { head: 'kind', text: true, cell: ({ kind }) => kind };
const ATTENTION = part('attention', ['attention', 'selfAttention', 'crossAttention']);
const PROJECTIONS = part('projections', ['projections', 'memoryProjections', 'head']);
const FFN = part('ffn', ['ffn']);
const POOLING = part('pooling', ['score', 'pool']);
const ALL = part('all', ['total']);
const SHARE: LayerColumn = {
  head: 'share',
  cell: (line) => (line.macs === null ? '' : share(costOf(line, ['total']) * line.layers, line.whole)),
};

/** The columns of a model, the most detailed first. The first that fits for all models is shown. */
const DETAILS: readonly (readonly LayerColumn[])[] = [
  [READS, KIND, ATTENTION, PROJECTIONS, FFN, POOLING, ALL, SHARE],
  [READS, ATTENTION, PROJECTIONS, FFN, ALL, SHARE],
  [READS, ATTENTION, ALL, SHARE],
  [READS, ALL, SHARE],
  [READS, ALL],
];

const EACH = 'A row for several layers gives the cost of one of them, and the share of all of them together.';

export function layersTable(models: readonly SummarizedModel[]): Section {
  const { labels, lines, several } = linesOf(models.map(({ report }) => report));
  const pools = models.some(({ report }) => report.encoder.layers.some(({ pool }) => pool !== null));
  for (const detail of DETAILS) {
    const columns = detail.filter((column) => pools || column !== POOLING);
    const head = ['layer', ...models.flatMap(() => columns.map((column) => column.head))];
    const rows = labels.map((label, i) => [
      label,
      ...lines.flatMap((of) => columns.map(({ cell }) => (of[i] ? cell(of[i]) : ''))),
    ]);
    if (tableWidth([head, ...rows]) + 2 > COLUMNS) continue;
    return {
      title: 'Layers: multiplications',
      head,
      rows,
      ...(models.length > 1 && {
        groups: models.map(({ report }) => ({ title: nameOf(report), columns: columns.length })),
      }),
      right: head.flatMap((_, i) => (i > 0 && !columns[(i - 1) % columns.length]!.text ? [i] : [])),
      summed: true,
      ...(several && { notes: [EACH] }),
    };
  }
  return schedulesTable(models);
}
