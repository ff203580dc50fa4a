/**
 * The report as JSON values, in the schema `benben.report/1` (docs/report.schema.json). Counts are exact: they are
 * numbers up to 2^53, and strings of decimal digits above that.
 */
import type { Polynomial } from '../compiler/ir/polynomial.ts';
import { toNumber } from './algebra/rational.ts';
import { FORMULA_SYMBOLS, formulaText, symbolText } from './algebra/symbols.ts';
import type { BreakEven } from './break_even.ts';
import type { ReportDocument, ReportedModel } from './document.ts';
import type { Executed } from './memory/held.ts';
import { notesOf } from './notes.ts';
import type { Ratios } from './ratios.ts';
import type { Counted, Macs, ModelReport, Operations } from './report.ts';
import { REPORT_QUANTITIES } from './reported.ts';
import { SWEEPS, type Sweep } from './sweep.ts';
import type { Predicted } from './time/predict.ts';
import { secondsOf, type Time } from './time/time.ts';

export const REPORT_SCHEMA = 'benben.report/1';

/** A count as JSON. */
export const exact = (count: bigint): number | string =>
  count > BigInt(Number.MAX_SAFE_INTEGER) ? String(count) : Number(count);

type Json = Readonly<Record<string, unknown>>;

const mapped = <T>(values: Readonly<Record<string, T>>, to: (value: T) => unknown): Json =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, to(value)]));

const counts = (macs: Readonly<Record<string, Counted>>): Json =>
  mapped(macs, ({ count }: Counted) => exact(count));

/** A formula as text, and as terms: a coefficient and the symbols that it is multiplied by. */
const formula = (p: Polynomial): Json => ({
  text: formulaText(p),
  terms: p.map(({ coefficient, factors }) => ({
    coefficient: exact(coefficient),
    symbols: factors.map(symbolText),
  })),
});

const formulas = <P extends string>(macs: Macs<P>): Json =>
  mapped(macs, (one: Counted) => formula(one.formula));

const formulasOf = ({ formulas: range, encoder, decoder, macs, entries }: ModelReport): Json => ({
  ...range,
  symbols: Object.fromEntries(Object.values(FORMULA_SYMBOLS).map(({ symbol, about }) => [symbol, about])),
  macs: formula(macs.formula),
  attentionElements: formula(entries.formula),
  encoder: { macs: formulas(encoder.macs), layers: encoder.layers.map((layer) => formulas(layer.macs)) },
  decoder: decoder && {
    macs: formulas(decoder.macs),
    paperSelfAttention: formula(decoder.paperSelfAttention.formula),
  },
});

const ratiosJson = ({ against, ratios }: Ratios): Json => ({
  against,
  ...Object.fromEntries(
    ratios.map(({ quantity, ratio }) => [quantity.name, ratio === null ? null : toNumber(ratio)]),
  ),
});

const breakEvenJson = ({ more, share }: BreakEven): Json => ({
  ranges: more.map(({ from, until }) => ({ from, until })),
  attentionShare: toNumber(share),
});

const sweepJson = ({ symbol, points }: Sweep): Json => ({
  symbol,
  about: SWEEPS[symbol].about,
  changes: SWEEPS[symbol].changes,
  points: points.map(({ value, report }) => ({
    value,
    ...Object.fromEntries(
      REPORT_QUANTITIES.map(({ name, count }) => {
        const one = count(report);
        return [name, one === null ? null : exact(one)];
      }),
    ),
  })),
});

/** The operations of each side. The numbers for the compiled model are null if they were not requested. */
function operationsJson({ encoder, decoder, operations, execution }: ModelReport): Json {
  const side = ({ total }: { readonly total: Counted }, own: Operations, ran: Executed | null): Json => ({
    ...counts({ macs: total, ...own }),
    compiledMacs: ran && exact(ran.macs),
    bytesRead: ran && exact(ran.read),
    bytesWritten: ran && exact(ran.written),
  });
  return {
    encoder: side(encoder.macs, operations.encoder, execution?.encoder ?? null),
    decoder: decoder && side(decoder.macs, operations.decoder!, execution?.decoder ?? null),
  };
}

const timeJson = (time: Time): Json => ({ seconds: secondsOf(time), ...time });

const wordsOf = ({ layers: _, ...times }: NonNullable<Predicted['decoder']>) => times;

const predictedJson = ({ machine, precision, encoder, decoder, total }: Predicted): Json => ({
  device: machine.name,
  source: machine.source,
  precision,
  encoder: {
    ...mapped({ rest: encoder.rest, total: encoder.total }, timeJson),
    layers: encoder.layers.map(timeJson),
  },
  decoder: decoder && mapped(wordsOf(decoder), timeJson),
  total: timeJson(total),
});

function modelJson({ source, report, breakEven, ratios, sweep, predicted }: ReportedModel): Json {
  const { table1, parameters, encoder, decoder, memory } = report;
  return {
    name: report.name,
    path: source.path,
    lengths: { ...report.lengths, target: decoder ? report.lengths.target : null },
    symbols: { ...mapped(table1.symbols, exact), c: toNumber(table1.c) },
    table1: {
      selfAttention: table1.selfAttention.text,
      atMost: table1.atMost,
      crossAttention: table1.crossAttention?.text ?? null,
      units: {
        selfAttention: exact(table1.selfAttention.units),
        crossAttention: table1.crossAttention && exact(table1.crossAttention.units),
      },
      bound: table1.bound && {
        text: table1.bound.text,
        units: exact(table1.bound.units),
        k: exact(table1.bound.k),
      },
    },
    parameters: { total: exact(parameters.total), groups: mapped(parameters.groups, exact) },
    encoder: {
      layers: encoder.layers.map(({ macs, entries, ...layer }) => ({
        ...layer,
        macs: counts(macs),
        attentionElements: exact(entries.count),
      })),
      macs: counts(encoder.macs),
    },
    decoder: decoder && {
      layers: decoder.layers.map((macs) => ({ macs: counts(macs) })),
      macs: counts(decoder.macs),
      paperSelfAttention: exact(decoder.paperSelfAttention.count),
    },
    macs: exact(report.macs.count),
    operations: operationsJson(report),
    memory: mapped({ ...memory }, (value: bigint | string | null) =>
      typeof value === 'bigint' ? exact(value) : value,
    ),
    formulas: formulasOf(report),
    breakEven: breakEvenJson(breakEven),
    notes: notesOf(report),
    ...(ratios && { ratios: ratiosJson(ratios) }),
    ...(sweep && { sweep: sweepJson(sweep) }),
    ...(predicted && { predicted: predicted.map(predictedJson) }),
  };
}

export const reportJson = ({ models, diagnostics = [] }: ReportDocument): Json => ({
  schema: REPORT_SCHEMA,
  models: models.map(modelJson),
  diagnostics,
});
