/**
 * Writes a report as one tidy table (RFC 4180): a row for each part of each layer, and one for all other operations of a
 * side, at each point of a sweep. Formulas are given at lengths where they hold. There are no rows of sums, so the sum of a
 * column counts nothing twice.
 */

import { DECODER_PARTS, ENCODER_PARTS } from '../algebra/parts.ts';
import { formulasHold, formulaText } from '../algebra/symbols.ts';
import type { ReportDocument, ReportedModel } from '../document.ts';
import type { Executed } from '../memory/held.ts';
import type { Counted, ModelReport, Operations } from '../report.ts';
import type { Predicted } from '../time/predict.ts';
import { secondsOf } from '../time/time.ts';

const COLUMNS = [
  ...['file', 'model', 'symbol', 'value', 'length', 'target', 'batch'],
  ...['side', 'layer', 'part', 'macs', 'formula'],
  ...['multiplies', 'adds', 'exps', 'compiled_macs', 'bytes_read', 'bytes_written'],
] as const;

/** The columns that `--on` adds. A row with a time has no multiplications. */
const TIMED = ['device', 'seconds'] as const;

type CsvRow = readonly (string | number | bigint)[];

/** The operations of a whole side beside matrix products, and the bytes that it moves if they are known. */
const operationsRow = (
  side: string,
  { multiplies, adds, exps }: Operations,
  ran: Executed | null | undefined,
): CsvRow => [
  ...[side, '', 'operations', '', '', multiplies.count, adds.count, exps.count],
  ...[ran?.macs ?? '', ran?.read ?? '', ran?.written ?? ''],
];

function rowsOf(report: ModelReport): readonly CsvRow[] {
  const holds = formulasHold(report.formulas, report.lengths.length);
  const row = (side: string, layer: number | '', part: string, { count, formula }: Counted): CsvRow => [
    ...[side, layer, part, count, holds ? formulaText(formula) : '', '', '', '', '', '', ''],
  ];
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

/** The times of the parts of a run. Each part is listed once, so the times add up too. */
function timesOf({ machine, encoder, decoder }: Predicted): readonly CsvRow[] {
  const row = (side: string, layer: number | '', part: string, seconds: number): CsvRow => [
    ...[side, layer, part, '', '', '', '', '', '', '', ''],
    ...[machine.name, seconds],
  ];
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

function modelRows({ source, report, sweep, predicted }: ReportedModel): readonly CsvRow[] {
  const points = sweep
    ? sweep.points.map((point) => ({ symbol: sweep.symbol, ...point }))
    : [{ symbol: '', value: '', report }];
  return points.flatMap((point) => {
    const { length, target, batch } = point.report.lengths;
    const written = point.report.decoder ? target : '';
    const before = [source.path, report.name, point.symbol, point.value, length, written, batch];
    const counted = rowsOf(point.report).map((row) => (predicted ? [...row, '', ''] : row));
    return [...counted, ...(predicted ?? []).flatMap(timesOf)].map((row) => [...before, ...row]);
  });
}

/** Puts a value in quotation marks if RFC 4180 requires it, and doubles the marks inside. */
export const cell = (value: string | number | bigint): string => {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const columnsOf = (models: readonly ReportedModel[]): CsvRow =>
  models.some(({ predicted }) => predicted) ? [...COLUMNS, ...TIMED] : COLUMNS;

export const render = ({ models }: ReportDocument): string =>
  [columnsOf(models), ...models.flatMap(modelRows)].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
