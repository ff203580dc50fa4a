/**
 * Writes a report as one CSV table (RFC 4180). At each point of a sweep it has one row for each part of each layer, and
 * one row for all other operations of a side. A formula is given only at lengths for which it holds. There are no rows
 * of sums, so the sum of a column counts nothing twice.
 */

import { DECODER_PARTS, ENCODER_PARTS } from '../algebra/parts.ts';
import { toNumber } from '../algebra/rational.ts';
import { formulasHold, formulaText } from '../algebra/symbols.ts';
import type { ReportDocument, ReportedModel } from '../document.ts';
import type { Executed } from '../memory/held.ts';
import type { Ratios } from '../ratios.ts';
import type { Counted, ModelReport, Operations } from '../report.ts';
import type { Predicted } from '../time/predict.ts';
import { secondsOf } from '../time/time.ts';

/** The columns of the model and the point of a sweep. */
const POINT_COLUMNS = ['file', 'model', 'symbol', 'value', 'length', 'target', 'batch'] as const;

/** The columns of the counts. */
const COUNT_COLUMNS = [
  'side',
  'layer',
  'part',
  'macs',
  'formula',
  'multiplies',
  'adds',
  'exps',
  'compiled_macs',
  'bytes_read',
  'bytes_written',
] as const;

/**
 * The columns that `--against` adds. A row of ratios names a quantity as its part, and has no other numbers, so that the
 * sum of a column counts nothing twice.
 */
const RATIO_COLUMNS = ['against', 'own', 'others', 'ratio'] as const;

/** The columns that `--on` adds. A row that contains a time contains no multiplications. */
const TIME_COLUMNS = ['device', 'seconds'] as const;

type Cell = string | number | bigint;
type CsvRow = readonly Cell[];

/** The values of a row by column. Absent values become empty cells. */
type Cells = Readonly<
  Partial<Record<(typeof COUNT_COLUMNS | typeof TIME_COLUMNS | typeof RATIO_COLUMNS)[number], Cell>>
>;

/** A row with the operations of a whole side outside matrix products, and the bytes that it moves if they are known. */
const operationsRow = (
  side: string,
  { multiplies, adds, exps }: Operations,
  ran: Executed | null | undefined,
): Cells => ({
  side,
  part: 'operations',
  multiplies: multiplies.count,
  adds: adds.count,
  exps: exps.count,
  ...(ran && { compiled_macs: ran.macs, bytes_read: ran.read, bytes_written: ran.written }),
});

function rowsOf(report: ModelReport): readonly Cells[] {
  const holds = formulasHold(report.formulas, report.lengths.length);
  const row = (side: string, layer: number | '', part: string, { count, formula }: Counted): Cells => ({
    side,
    layer,
    part,
    macs: count,
    formula: holds ? formulaText(formula) : '',
  });
  const { encoder, decoder, operations, execution } = report;
  const heads = decoder ? [row('decoder', '', 'head', decoder.macs.head)] : [];
  return [
    ...encoder.layers.flatMap(({ macs }, i) =>
      ENCODER_PARTS.map((part) => row('encoder', i + 1, part, macs[part])),
    ),
    ...(decoder?.layers ?? []).flatMap((macs, i) =>
      DECODER_PARTS.filter((part) => part !== 'head').map((part) => row('decoder', i + 1, part, macs[part])),
    ),
    ...heads,
    operationsRow('encoder', operations.encoder, execution?.encoder),
    ...(operations.decoder ? [operationsRow('decoder', operations.decoder, execution?.decoder)] : []),
  ];
}

/** The times of the parts of a run. Each part is listed once, so the sum of the times is the time of the run. */
function timesOf({ machine, encoder, decoder }: Predicted): readonly Cells[] {
  const row = (side: string, layer: number | '', part: string, seconds: number): Cells => ({
    side,
    layer,
    part,
    device: machine.name,
    seconds,
  });
  const layers = encoder.layers.map((time, i) => row('encoder', i + 1, 'time', secondsOf(time)));
  const words = decoder
    ? [
        row('decoder', '', 'time of memory projections', secondsOf(decoder.projections)),
        row('decoder', '', 'time of words', secondsOf(decoder.words)),
      ]
    : [];
  const rest = row('encoder', '', 'time of the rest', secondsOf(encoder.rest));
  return [...layers, rest, ...words, row('', '', 'start of a run', machine.runSeconds)];
}

/** How many times as much the other model takes, for every quantity. */
const ratioRows = ({ against, ratios }: Ratios): readonly Cells[] =>
  ratios.map(({ quantity, own, others, ratio }) => ({
    part: quantity.name,
    against,
    ...(own !== null && { own }),
    ...(others !== null && { others }),
    ...(ratio && { ratio: toNumber(ratio) }),
  }));

type Column = keyof Cells;

function modelRows(model: ReportedModel, columns: readonly Column[]): readonly CsvRow[] {
  const { source, report, sweep, predicted, ratios } = model;
  const rowsAt = (
    point: { readonly symbol: string; readonly value: Cell; readonly report: ModelReport },
    rows: readonly Cells[],
  ): readonly CsvRow[] => {
    const { length, target, batch } = point.report.lengths;
    const written = point.report.decoder ? target : '';
    const before = [source.path, report.name, point.symbol, point.value, length, written, batch];
    return rows.map((row) => [...before, ...columns.map((name) => row[name] ?? '')]);
  };
  const here = { symbol: '', value: '', report };
  const points = sweep ? sweep.points.map((point) => ({ symbol: sweep.symbol, ...point })) : [here];
  return [
    ...points.flatMap((point) =>
      rowsAt(point, [...rowsOf(point.report), ...(predicted ?? []).flatMap(timesOf)]),
    ),
    ...(ratios ? rowsAt(here, ratioRows(ratios)) : []),
  ];
}

/** Puts a value in quotation marks if RFC 4180 requires it, and doubles the quotation marks inside. */
export const cell = (value: Cell): string => {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const columnsOf = (models: readonly ReportedModel[]): readonly Column[] => [
  ...COUNT_COLUMNS,
  ...(models.some(({ predicted }) => predicted) ? TIME_COLUMNS : []),
  ...(models.some(({ ratios }) => ratios) ? RATIO_COLUMNS : []),
];

export function render({ models }: ReportDocument): string {
  const columns = columnsOf(models);
  const rows = [[...POINT_COLUMNS, ...columns], ...models.flatMap((model) => modelRows(model, columns))];
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
