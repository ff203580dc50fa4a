/**
 * Every quantity, by the name that budgets have for it (dsl/quantities.ts): its value at some lengths, the parts that it
 * is the sum of, and its formula. Ratios, sweeps, `--json` and `check` blocks all read this table, so that they cannot
 * differ; what a model has none of is null.
 */

import { constant, type Polynomial, sum } from '../../compiler/ir/polynomial.ts';
import type { BudgetDevice, BudgetPrecision, QuantityName } from '../../dsl/quantities.ts';
import { type Amount, groupsOf, lumped, type Part, part, sumOf } from '../algebra/amounts.ts';
import { fromDecimal, type Rational, subtract, whole } from '../algebra/fractions.ts';
import { DECODER_PARTS, type DecoderPart, ENCODER_PARTS, type EncoderPart } from '../algebra/parts.ts';
import { rational } from '../algebra/rational.ts';
import { breakEvenOf } from '../break_even.ts';
import { measure } from '../measured.ts';
import type { Executed, Footprint, Held, InLayer } from '../memory/held.ts';
import { kvCache } from '../memory/kv_cache.ts';
import type { PartName } from '../parts_text.ts';
import type { Counted, ModelReport, Operations } from '../report.ts';
import type { Predicted } from '../time/predict.ts';
import { NO_TIME, secondsOf, type Time } from '../time/time.ts';

export interface Asked {
  readonly report: ModelReport;
  readonly precision: BudgetPrecision;
  readonly footprint: Footprint;
  /** Of what is about one. */
  readonly device?: BudgetDevice;
}

export interface QuantityRow {
  /** In `--json`, where ratios and sweeps tell it; null: it is a fraction, and stands elsewhere. */
  readonly json: string | null;
  /** For people. */
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
  /** Null: this model has no such thing. */
  readonly of: (asked: Asked) => Amount | null;
  /** What it means that a model has no such thing; absent: it costs nothing. */
  readonly none?: string;
  /** In n, t and B; absent for what has none. */
  readonly formula?: (report: ModelReport) => Polynomial | undefined;
}

interface Columns {
  readonly encoder?: readonly EncoderPart[];
  readonly decoder?: readonly DecoderPart[];
}

/** Multiplications in those columns of the report, layer by layer. */
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

const macs = (json: string, title: string, columns: Columns): QuantityRow => {
  const { encoder = [], decoder = [] } = columns;
  const has = (report: ModelReport): boolean => encoder.length > 0 || report.decoder !== null;
  return {
    ...{ json, title, measures: 'multiplications' },
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

/** Work beside matrix products, by layer. */
const operations = (name: keyof Operations, title: string): QuantityRow => ({
  ...{ json: name, title, measures: 'operations' },
  of: ({ report: { operations: all } }) => sumOf(partsIn(name, all.layers)),
  formula: ({ operations: all }) => sum(all.encoder[name].formula, all.decoder?.[name].formula ?? []),
});

const executed = (
  name: keyof Executed,
  json: string,
  title: string,
  measures: QuantityRow['measures'] = 'bytes',
): QuantityRow => ({
  ...{ json, title, measures },
  of: ({ report, precision, footprint }) => {
    const all = footprint.execution(report.spec, report.lengths, precision);
    return all && sumOf(partsIn(name, all.layers));
  },
});

/** Numbers of the size of the weights, float32: training has no other. */
const perWeight = (name: PartName, bytes: bigint, { parameters }: ModelReport): Amount =>
  sumOf([part(name, bytes * parameters.total)]);

const GRADIENT_BYTES = 4n;
/** Two moments for each weight (Kingma and Ba 2015). */
const MOMENT_BYTES = 8n;

function trainingActivations({ report, footprint }: Asked): Amount | null {
  const held = footprint.training(report.spec, report.lengths);
  return held && sumOf([heldAs('kept', held)]);
}

const weightBytes = ({ report, precision, footprint }: Asked): Amount =>
  groupsOf(footprint.weights(report.spec, precision));

function activations({ report, precision, footprint }: Asked): Amount | null {
  const held = footprint.activations(report.spec, report.lengths, precision);
  return held && sumOf([heldAs('activations', held)]);
}

/** Of layers, and of what stands beside them: doubles, and what rounding leaves of their sum goes to the last. */
function timeOf({ encoder, decoder, total }: Predicted): Amount {
  const seconds = (time: Time): Rational => fromDecimal(String(secondsOf(time)));
  const timed = (time: Time, side: Part['side'], layer: number | null = null): Part => ({
    ...{ part: 'time', side, layer },
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

/** In the order of the report. */
export const QUANTITY_TABLE: Readonly<Record<QuantityName, QuantityRow>> = {
  self_attention: macs('selfAttention', 'encoder self-attention', { encoder: ['attention'] }),
  cross_attention: macs('crossAttention', 'cross-attention', { decoder: ['crossAttention'] }),
  decoder_self_attention: macs('decoderSelfAttention', 'decoder self-attention', {
    decoder: ['selfAttention'],
  }),
  paper_self_attention: {
    ...{ json: 'paperSelfAttention', title: 'the same, by the paper', measures: 'multiplications' },
    of: ({ report: { decoder } }) => {
      const { layers = [], paperSelfAttention } = decoder ?? {};
      const amount = paperSelfAttention && rational(paperSelfAttention.count, BigInt(layers.length));
      return amount
        ? sumOf(layers.map((_, layer) => ({ part: 'selfAttention', side: 'decoder', layer, amount })))
        : null;
    },
    formula: ({ decoder }) => decoder?.paperSelfAttention.formula,
  },
  attention: macs('attention', 'all attention', {
    ...{ encoder: ['attention'], decoder: ['selfAttention', 'crossAttention'] },
  }),
  projections: macs('projections', 'projections', { encoder: ['projections'], decoder: ['projections'] }),
  memory_projections: macs('memoryProjections', 'memory projections', { decoder: ['memoryProjections'] }),
  ffn: macs('ffn', 'feed-forward networks', { encoder: ['ffn'], decoder: ['ffn'] }),
  score: macs('score', 'scorers', { encoder: ['score'] }),
  pool: macs('pool', 'poolings', { encoder: ['pool'] }),
  head: macs('head', 'output projection', { decoder: ['head'] }),
  encoder_macs: macs('encoderMacs', 'encoder', { encoder: ENCODER_PARTS }),
  decoder_macs: macs('decoderMacs', 'decoder', { decoder: DECODER_PARTS }),
  macs: macs('macs', 'everything', { encoder: ENCODER_PARTS, decoder: DECODER_PARTS }),
  attention_elements: {
    ...{ json: 'attentionElements', title: 'attention matrices', measures: 'entries' },
    of: ({ report: { operations: all } }) =>
      sumOf(
        all.layers.map(({ side, layer, entries }) => ({
          ...part(side === 'encoder' ? 'attention' : 'attentions', entries, side),
          layer,
        })),
      ),
    formula: (report) => report.entries.formula,
  },
  multiplies: operations('multiplies', 'other multiplications'),
  adds: operations('adds', 'other additions'),
  exps: operations('exps', 'exponentials'),
  compiled_macs: executed('macs', 'compiledMacs', 'everything, when compiled', 'multiplications'),
  bytes_read: executed('read', 'bytesRead', 'bytes read'),
  bytes_written: executed('written', 'bytesWritten', 'bytes written'),
  effective_layers: {
    ...{ json: null, title: 'effective layers', measures: 'layers' },
    of: ({ report: { table1 } }) => {
      const [n] = table1.rows;
      return sumOf(
        table1.rows.map((rows, layer) => ({
          ...{ part: 'rows', side: 'encoder', layer, amount: rational(rows, n!) },
        })),
      );
    },
  },
  break_even: {
    ...{ json: null, title: 'break-even', measures: 'tokens' },
    of: ({ report }) => {
      const [first] = breakEvenOf(measure(report.spec)).more;
      return first ? { total: whole(first.from), parts: [] } : null;
    },
    none: 'its attention costs at most as much as its projections and feed-forward networks, however long the document',
  },
  predicted_time: {
    ...{ json: null, title: 'predicted time', measures: 'seconds' },
    of: ({ report: { spec, lengths }, precision, footprint, device }) => {
      const predicted = device ? footprint.time(spec, lengths, precision, device) : null;
      return predicted && timeOf(predicted);
    },
  },
  parameters: {
    ...{ json: 'parameters', title: 'parameters', measures: 'parameters' },
    of: ({ report }) => groupsOf(report.parameters.groups),
    formula: ({ parameters }) => constant(parameters.total),
  },
  weight_bytes: {
    ...{ json: 'weightBytes', title: 'weights', measures: 'bytes' },
    of: weightBytes,
  },
  peak_activations: {
    ...{ json: 'peakActivationBytes', title: 'activations at once', measures: 'bytes' },
    of: activations,
  },
  peak_memory: {
    ...{ json: 'peakMemoryBytes', title: 'weights and activations at once', measures: 'bytes' },
    of: (asked) => {
      const most = activations(asked);
      return most && sumOf([lumped('weights', weightBytes(asked)), ...most.parts]);
    },
  },
  gradient_bytes: {
    ...{ json: 'gradientBytes', title: 'training, gradients of weights', measures: 'bytes' },
    of: ({ report }) => perWeight('gradients', GRADIENT_BYTES, report),
  },
  optimizer_bytes: {
    ...{ json: 'optimizerBytes', title: 'training, Adam’s moments', measures: 'bytes' },
    of: ({ report }) => perWeight('moments', MOMENT_BYTES, report),
  },
  training_activations: {
    ...{ json: 'trainingActivationBytes', title: 'training, activations at once', measures: 'bytes' },
    of: trainingActivations,
  },
  training_memory: {
    ...{ json: 'trainingMemoryBytes', title: 'training, all of it', measures: 'bytes' },
    of: (asked) => {
      const most = trainingActivations(asked);
      const weights = weightBytes({ ...asked, precision: 'fp32' });
      return (
        most &&
        sumOf([
          lumped('weights', weights),
          ...perWeight('gradients', GRADIENT_BYTES, asked.report).parts,
          ...perWeight('moments', MOMENT_BYTES, asked.report).parts,
          ...most.parts,
        ])
      );
    },
  },
  kv_cache: {
    ...{ json: 'kvCacheBytes', title: 'keys and values kept', measures: 'bytes' },
    of: ({ report, precision }) => kvCache(report, precision),
  },
};
