/**
 * A model's costs for several values of one symbol. The symbols n and t change the lengths of the document and of the
 * output. The symbols l and m change the model: its number of encoder layers, and the size of its blocks. Each point of
 * a sweep is an ordinary report.
 */
import { KINDS, kindNamed } from '../compiler/model/kinds/index.ts';
import type { EncoderLayerSpec, ModelSpec } from '../dsl/spec.ts';
import { type Measured, measure, type ReportLengths } from './measured.ts';
import { type ModelReport, reportAt } from './report.ts';

export type SweepSymbol = 'n' | 't' | 'l' | 'm';

export interface SweepPoint {
  readonly value: number;
  readonly report: ModelReport;
}

export interface Sweep {
  readonly symbol: SweepSymbol;
  readonly points: readonly SweepPoint[];
}

/** Sets the symbol to a value in a model or its lengths. If that is impossible, returns a string with the reason. */
type At = (
  measured: Measured,
  lengths: ReportLengths,
  value: number,
) => { readonly measured: Measured; readonly lengths: ReportLengths } | string;

interface SweepRule {
  /** The meaning of the symbol. */
  readonly about: string;
  /** The changes that a new value makes, as the end of `What n changes: …`. */
  readonly changes: string;
  readonly most: number;
  readonly at: At;
}

/**
 * A model with only its first l layers, or with all layers and copies of the last one. The length of the memory does not
 * change: if layers with poolings are removed, the last remaining layer gets the first of their poolings.
 */
function withLayers({ encoder, ...spec }: ModelSpec, l: number): ModelSpec {
  const { layers, memory } = encoder;
  const kept = layers.slice(0, l);
  const last = kept.at(-1)!;
  const { pool: _, ...plain } = layers.at(-1)!;
  if (l > layers.length) {
    // A pooling after the last layer stays after the last of the new layers.
    const middle: EncoderLayerSpec = { ...plain, emits: plain.consumes };
    const more = Array.from({ length: l - layers.length }, () => middle);
    return { ...spec, encoder: { ...encoder, layers: [...layers.slice(0, -1), ...more, layers.at(-1)!] } };
  }
  const pool = last.pool ?? layers.slice(l).find((layer) => layer.pool)?.pool;
  const end = { ...last, emits: memory, ...(pool && last.consumes > memory && { pool }) };
  return { ...spec, encoder: { ...encoder, layers: [...kept.slice(0, -1), end] } };
}

/**
 * Returns the model with the value in every attention that has an argument for the symbol. If that is impossible,
 * returns a string with the reason: no attention has such an argument, or the value does not fit.
 */
function withAttentions(spec: ModelSpec, symbol: string, value: number): ModelSpec | string {
  const { width, heads, decoder } = spec;
  let problem: string | undefined;
  const layers = spec.encoder.layers.map((layer) => {
    const { attention, consumes } = layer;
    const { symbols, check } = kindNamed(KINDS.attention, attention.kind);
    const name = symbols?.[symbol];
    if (name === undefined) return layer;
    const args = { ...attention.args, [name]: value };
    const place = { length: consumes, width, heads, decodes: decoder !== undefined };
    problem ??= check?.(args, place)?.message;
    return { ...layer, attention: { ...attention, args } };
  });
  if (layers.every((layer, i) => layer === spec.encoder.layers[i]))
    return 'no encoder layer of this model attends in blocks';
  return problem ?? { ...spec, encoder: { ...spec.encoder, layers } };
}

export const SWEEPS: Readonly<Record<SweepSymbol, SweepRule>> = {
  n: {
    about: 'tokens of the document',
    changes:
      'the rows that layers read; if the document is longer than the schedule, only layers before the first pooling read more rows',
    most: 2 ** 24,
    at: (measured, lengths, value) => ({ measured, lengths: { ...lengths, length: value } }),
  },
  t: {
    about: 'tokens of the output',
    changes: 'the length of the output, and nothing else',
    most: 2 ** 24,
    at: (measured, lengths, value) =>
      measured.spec.decoder
        ? { measured, lengths: { ...lengths, target: value } }
        : 'this model has no decoder',
  },
  l: {
    about: 'encoder layers',
    changes:
      'the encoder’s layers: the first l layers, or all layers and then copies of the last one; the memory and the decoder stay the same',
    most: 1024,
    at: ({ spec }, lengths, value) => ({ measured: measure(withLayers(spec, value)), lengths }),
  },
  m: {
    about: 'representations in a block',
    changes: 'the blocks of all layers that attend in blocks',
    most: 2 ** 20,
    at({ spec }, lengths, value) {
      const changed = withAttentions(spec, 'm', value);
      return typeof changed === 'string' ? changed : { measured: measure(changed), lengths };
    },
  },
};

/** The values `from`, `2 · from`, `4 · from` and so on below `to`, and then `to` itself. */
export function doublings(from: number, to: number): readonly number[] {
  const values: number[] = [];
  for (let value = from; value < to; value *= 2) values.push(value);
  return [...values, to];
}

/** Returns the sweep, or the first impossible value with the reason. */
export function sweepOf(
  measured: Measured,
  lengths: ReportLengths,
  symbol: SweepSymbol,
  values: readonly number[],
): Sweep | { readonly value: number; readonly problem: string } {
  const points: SweepPoint[] = [];
  for (const value of values) {
    const changed = SWEEPS[symbol].at(measured, lengths, value);
    if (typeof changed === 'string') return { value, problem: changed };
    points.push({ value, report: reportAt(changed.measured, changed.lengths) });
  }
  return { symbol, points };
}
