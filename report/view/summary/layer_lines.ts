/**
 * The lines of the table of layers: a line for each layer, in which neighbouring layers that are equal in every model
 * share a line.
 */
import { KINDS } from '../../../compiler/model/kinds/index.ts';
import { DECODER_PARTS, ENCODER_PARTS } from '../../algebra/parts.ts';
import { kindText, type ModelReport } from '../../report.ts';
import { exact } from '../numbers.ts';

/** One or several equal layers of one model. */
export interface LayerLine {
  readonly reads: string;
  readonly kind: string;
  /** The multiplications of one of the layers by part; null if the model has no such layer. */
  readonly macs: Readonly<Record<string, bigint>> | null;
  /** The number of layers in this line. */
  readonly layers: bigint;
  /** All multiplications of the model. */
  readonly whole: bigint;
}

export interface LayerLines {
  readonly labels: readonly string[];
  /** The lines of each model, in the order of the labels. */
  readonly lines: readonly (readonly (LayerLine | undefined)[])[];
  /** Whether a line is for several layers. */
  readonly several: boolean;
}

/** The multiplications of some parts of one layer. */
export const costOf = ({ macs }: LayerLine, parts: readonly string[]): bigint =>
  parts.reduce((sum, part) => sum + (macs?.[part] ?? 0n), 0n);

/** More encoder lines than this are not shown; the layers after them are added up in one line. */
const MOST = 20;

interface Column {
  readonly encoder: readonly LayerLine[];
  readonly decoder: readonly LayerLine[];
  readonly head: LayerLine | undefined;
  readonly all: LayerLine;
}

const countsOf = <P extends string>(
  parts: readonly P[],
  macs: Readonly<Record<P | 'total', { readonly count: bigint }>>,
): Readonly<Record<string, bigint>> =>
  Object.fromEntries([...parts, 'total' as const].map((name) => [name, macs[name].count]));

function columnOf({ encoder, decoder, macs, lengths, spec }: ModelReport): Column {
  const whole = macs.count;
  const line = (reads: string, kind: string, counts: Readonly<Record<string, bigint>>): LayerLine => ({
    reads,
    kind,
    macs: counts,
    layers: 1n,
    whole,
  });
  const layers = encoder.layers.map(({ consumes, emits, attention, macs: own }) => {
    const reads = emits < consumes ? `${exact(consumes)} → ${exact(emits)}` : exact(consumes);
    return line(reads, attention, countsOf(ENCODER_PARTS, own));
  });
  const words = exact(lengths.target);
  const causal = spec.decoder ? kindText(spec.decoder.attention, KINDS.decoderAttention) : '';
  const all: Record<string, bigint> = { ...countsOf(ENCODER_PARTS, encoder.macs) };
  if (decoder)
    for (const [name, count] of Object.entries(countsOf(DECODER_PARTS, decoder.macs)))
      all[name] = (all[name] ?? 0n) + count;
  return {
    encoder: layers,
    decoder: (decoder?.layers ?? []).map((own) =>
      line(
        words,
        causal,
        countsOf(
          DECODER_PARTS.filter((name) => name !== 'head'),
          own,
        ),
      ),
    ),
    head: decoder
      ? line(words, '', { head: decoder.macs.head.count, total: decoder.macs.head.count })
      : undefined,
    all: line('', '', all),
  };
}

const keyOf = (line: LayerLine | undefined): string =>
  line?.macs ? [line.reads, line.kind, ...Object.values(line.macs)].join() : '';

interface Run {
  readonly from: number;
  to: number;
}

/** The runs of neighbouring layers that are equal in every model. */
function runsOf(columns: readonly (readonly LayerLine[])[]): readonly Run[] {
  const count = columns.reduce((most, lines) => Math.max(most, lines.length), 0);
  const runs: Run[] = [];
  let last: string | undefined;
  for (let i = 0; i < count; i++) {
    const key = columns.map((lines) => keyOf(lines[i])).join(';');
    if (key === last) runs.at(-1)!.to = i;
    else runs.push({ from: i, to: i });
    last = key;
  }
  return runs;
}

/** One line for all layers from `from` on: the sum of their costs. */
function together(lines: readonly LayerLine[], from: number): LayerLine | undefined {
  const rest = lines.slice(from);
  if (rest.length === 0) return undefined;
  const macs: Record<string, bigint> = {};
  for (const line of rest)
    for (const [name, count] of Object.entries(line.macs!)) macs[name] = (macs[name] ?? 0n) + count;
  return { ...rest[0]!, reads: '', kind: '', macs };
}

const range = (side: string, from: number, to: number): string =>
  from === to ? `${side} ${from + 1}` : `${side} ${from + 1} to ${to + 1}`;

export function linesOf(reports: readonly ModelReport[]): LayerLines {
  const columns = reports.map(columnOf);
  const labels: string[] = [];
  const lines: (LayerLine | undefined)[][] = columns.map(() => []);
  const add = (label: string, of: (column: Column) => LayerLine | undefined): void => {
    labels.push(label);
    for (const [i, column] of columns.entries()) lines[i]!.push(of(column));
  };
  const all = runsOf(columns.map(({ encoder }) => encoder));
  const cut = all.length > MOST ? all[MOST - 1]!.from : undefined;
  const runs = cut === undefined ? all : all.slice(0, MOST - 1);
  const decoders = runsOf(columns.map(({ decoder }) => decoder));
  const repeated = (line: LayerLine | undefined, { from, to }: Run): LayerLine | undefined =>
    line && { ...line, layers: BigInt(to - from + 1) };
  for (const run of runs)
    add(range('encoder', run.from, run.to), ({ encoder }) => repeated(encoder[run.from], run));
  if (cut !== undefined)
    add(`${range('encoder', cut, all.at(-1)!.to)}, sum`, ({ encoder }) => together(encoder, cut));
  for (const run of decoders)
    add(range('decoder', run.from, run.to), ({ decoder }) => repeated(decoder[run.from], run));
  if (columns.some(({ head }) => head)) add('output projection', ({ head }) => head);
  add('all', (column) => column.all);
  return { labels, lines, several: [...runs, ...decoders].some(({ from, to }) => to > from) };
}
