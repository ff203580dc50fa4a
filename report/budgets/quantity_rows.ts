/**
 * Functions that make rows of the table of quantities (quantities.ts): the value of a quantity in a report, with the
 * parts that add up to the value.
 */

import { type Polynomial, sum } from '../../compiler/ir/polynomial.ts';
import type { BudgetDevice, BudgetEntry, BudgetPrecision } from '../../dsl/quantities.ts';
import { type Amount, groupsOf, type Part, part, sumOf } from '../algebra/amounts.ts';
import { fromDecimal, type Rational, subtract, whole } from '../algebra/fractions.ts';
import type { DecoderPart, EncoderPart } from '../algebra/parts.ts';
import type { Executed, Footprint, Held, InLayer } from '../memory/held.ts';
import type { PartName } from '../parts_text.ts';
import type { Counted, ModelReport, Operations } from '../report.ts';
import type { Predicted } from '../time/predict.ts';
import { NO_TIME, secondsOf, type Time } from '../time/time.ts';

export interface QuantityRequest {
  readonly report: ModelReport;
  readonly precision: BudgetPrecision;
  readonly footprint: Footprint;
  /** The device, for quantities that depend on one. */
  readonly device?: BudgetDevice;
  /** The entry whose memory is meant. Default: the model's default entry. */
  readonly entry?: BudgetEntry;
}

export interface QuantityRow {
  /** The name in the ratios and sweeps of `--json`; null for fractions, which `--json` contains elsewhere. */
  readonly json: string | null;
  /** The name in tables that people read. */
  readonly title: string;
  readonly measures:
    | 'multiplications'
    | 'operations'
    | 'entries'
    | 'parameters'
    | 'layers'
    | 'tokens'
    | 'bytes'
    | 'seconds';
  /** The value; null if the model has no such quantity. */
  readonly of: (request: QuantityRequest) => Amount | null;
  /**
   * Why a model may lack the quantity, for a budget's error message. If this is absent, a budget counts a missing
   * quantity as 0.
   */
  readonly none?: string;
  /** A polynomial in n, t and B; absent if there is none. */
  readonly formula?: (report: ModelReport) => Polynomial | undefined;
}

interface Columns {
  readonly encoder?: readonly EncoderPart[];
  readonly decoder?: readonly DecoderPart[];
}

/** The multiplications in the given columns of the report, layer by layer. */
function partsOf({ encoder: own, decoder: other }: ModelReport, columns: Columns): readonly Part[] {
  const inLayers = <P extends PartName>(
    side: 'encoder' | 'decoder',
    layers: readonly Readonly<Record<P, Counted>>[],
    names: readonly P[],
  ): readonly Part[] =>
    layers.flatMap((layer, i) =>
      names.map((name) => ({ part: name, side, layer: i, amount: whole(layer[name].count) })),
    );
  const { encoder = [], decoder = [] } = columns;
  const layers = own.layers.map((layer) => layer.macs);
  const inDecoder = decoder.filter((name) => name !== 'head');
  const head = other && decoder.includes('head') ? [part('head', other.macs.head.count, 'decoder')] : [];
  return [
    ...inLayers('encoder', layers, encoder),
    ...inLayers('decoder', other?.layers ?? [], inDecoder),
    ...head,
  ];
}

export const macs = (json: string, title: string, columns: Columns): QuantityRow => {
  const { encoder = [], decoder = [] } = columns;
  const has = (report: ModelReport): boolean => encoder.length > 0 || report.decoder !== null;
  return {
    json,
    title,
    measures: 'multiplications',
    of: ({ report }) => (has(report) ? sumOf(partsOf(report, columns)) : null),
    formula: (report) =>
      has(report)
        ? sum(
            ...encoder.map((name) => report.encoder.macs[name].formula),
            ...decoder.map((name) => report.decoder?.macs[name].formula ?? []),
          )
        : undefined,
  };
};

const partsIn = <Name extends keyof Operations | keyof Executed>(
  name: Name,
  layers: readonly InLayer<Readonly<Record<Name, bigint>>>[],
): readonly Part[] => layers.map((one) => ({ ...part(name, one[name], one.side), layer: one.layer }));

const heldAs = (name: PartName, { bytes, side, layer }: Held): Part => ({
  ...part(name, bytes, side),
  layer,
});

/** A row for operations outside matrix products, by layer. */
export const operations = (name: keyof Operations, title: string): QuantityRow => ({
  json: name,
  title,
  measures: 'operations',
  of: ({ report: { operations: all } }) => sumOf(partsIn(name, all.layers)),
  formula: ({ operations: all }) => sum(all.encoder[name].formula, all.decoder?.[name].formula ?? []),
});

export const executed = (
  name: keyof Executed,
  json: string,
  title: string,
  measures: QuantityRow['measures'] = 'bytes',
): QuantityRow => ({
  json,
  title,
  measures,
  of: ({ report, precision, footprint }) => {
    const all = footprint.execution(report.spec, report.lengths, precision);
    return all && sumOf(partsIn(name, all.layers));
  },
});

/** A fixed number of bytes for each weight; training is always in float32. */
export const perWeight = (name: PartName, bytes: bigint, { parameters }: ModelReport): Amount =>
  sumOf([part(name, bytes * parameters.total)]);

export const GRADIENT_BYTES = 4n;
/** Two moments for each weight (Kingma and Ba 2015). */
export const MOMENT_BYTES = 8n;

export function trainingActivations({ report, footprint }: QuantityRequest): Amount | null {
  const held = footprint.training(report.spec, report.lengths);
  return held && sumOf([heldAs('kept', held)]);
}

export const weightBytes = ({ report, precision, footprint, entry }: QuantityRequest): Amount =>
  groupsOf(footprint.weights(report.spec, precision, entry));

export function activations({ report, precision, footprint, entry }: QuantityRequest): Amount | null {
  const held = footprint.activations(report.spec, report.lengths, precision, entry);
  return held && sumOf([heldAs('activations', held)]);
}

/**
 * The time of each layer and of everything else. Times are doubles; the last part contains the rounding error of their
 * sum.
 */
export function timeOf({ encoder, decoder, total }: Predicted): Amount {
  const seconds = (time: Time): Rational => fromDecimal(String(secondsOf(time)));
  const timed = (time: Time, side: Part['side'], layer: number | null = null): Part => ({
    part: 'time',
    side,
    layer,
    amount: seconds(time),
  });
  const parts = [
    ...encoder.layers.map((time, layer) => timed(time, 'encoder', layer)),
    ...(decoder ? [timed(encoder.rest, 'encoder'), timed(decoder.projections, 'decoder')] : []),
    ...(decoder?.layers ?? []).map((time, layer) => timed(time, 'decoder', layer)),
  ];
  const last = timed(NO_TIME, decoder ? 'decoder' : 'encoder');
  const amount = parts.reduce((rest, one) => subtract(rest, one.amount), seconds(total));
  return sumOf([...parts, { ...last, amount }]);
}
