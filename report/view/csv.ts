/**
 * A report as one tidy table (RFC 4180): a row for each part of each layer, and one for all other operations of a side,
 * of every point of a sweep too; formulas stand where they hold. There are no rows of sums, so that whoever adds up a column counts nothing twice.
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

/** With `--on`: rows of times have these, and no multiplications. */
const TIMED = ['device', 'seconds'] as const;

type Row = readonly (string | number | bigint)[];

/** What a whole side does beside matrix products, and moves, where that was asked for. */
const operationsRow = (
  side: string,
  { multiplies, adds, exps }: Operations,
  ran: Executed | null | undefined,
): Row => [
  ...[side, '', 'operations', '', '', multiplies.count, adds.count, exps.count],
  ...[ran?.macs ?? '', ran?.read ?? '', ran?.written ?? ''],
];

function rowsOf(report: ModelReport): readonly Row[] {
  const holds = formulasHold(report.formulas, report.lengths.length);
  const row = (side: string, layer: number | '', part: string, { count, formula }: Counted): Row => [
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

/** Each part of a run once, so that they too add up. */
function timesOf({ machine, encoder, decoder }: Predicted): readonly Row[] {
  const row = (side: string, layer: number | '', part: string, seconds: number): Row => [
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

function modelRows({ source, report, sweep, predicted }: ReportedModel): readonly Row[] {
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

/** In quotation marks where it has to be, its own doubled. */
export const cell = (value: string | number | bigint): string => {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const columnsOf = (models: readonly ReportedModel[]): Row =>
  models.some(({ predicted }) => predicted) ? [...COLUMNS, ...TIMED] : COLUMNS;

export const render = ({ models }: ReportDocument): string =>
  [columnsOf(models), ...models.flatMap(modelRows)].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
