/**
 * What a model costs before it runs: a fold over its own graph, so it cannot drift from it. Counts are exact for
 * the given lengths; formulas hold for documents of whole blocks that are too long for every pooling.
 *
 * The graph is the model as it is lowered, teacher-forced: the encoder, and a decoder that reads t words at once, which
 * multiplies as often as one that writes them word by word.
 */
import type { KindSignature } from '../../dsl/kinds.ts';
import type { EncoderLayerSpec, KindSpec, ModelSpec } from '../../dsl/spec.ts';
import type { Dim } from '../ir/dim.ts';
import type { Graph } from '../ir/graph.ts';
import { require } from '../ir/op.ts';
import { KINDS, kindNamed } from '../kinds/index.ts';
import { lowered, wholeOf } from '../lower/index.ts';
import { onceFor } from '../memo.ts';
import { OPS } from '../ops/index.ts';
import { softTopk } from '../ops/soft_topk.ts';
import { type Lengths, type NodeWork, workOf } from './fold.ts';
import type { Execution, InLayer } from './footprint.ts';
import { type MemoryReport, memoryOf } from './memory_report.ts';
import { type Groups, parametersOf } from './parameters.ts';
import {
  byLayer,
  DECODER_PARTS,
  type DecoderPart,
  ENCODER_PARTS,
  type EncoderPart,
  type Place,
  placeOf,
  type Side,
  sideOf,
} from './parts.ts';
import { evaluatePolynomial, type Polynomial, sum, times } from './polynomial.ts';
import { regimeAt } from './regime.ts';
import { type Table1, table1Of } from './table1.ts';

/** Lengths to report for: of one document and one output, and how many at once. */
export interface ReportLengths {
  /**
   * Tokens of a document; default: the schedule's first length. Beyond it, what layers would do that read as much: those
   * before the first pooling grow, the others stay.
   */
  readonly length?: number;
  /** Words of the output; default: the decoder's target. */
  readonly target?: number;
  /** Documents at once; default 1. */
  readonly batch?: number;
}

/** A count, and as a polynomial in n, t and B (`length`, `target`, `batch`). */
export interface Counted {
  readonly count: bigint;
  readonly formula: Polynomial;
}

/** What is computed beside matrix products. */
export type Operations = Readonly<Record<'multiplies' | 'adds' | 'exps', Counted>>;

export type Macs<Part extends string> = Readonly<Record<Part | 'total', Counted>>;

export interface LayerReport {
  /** Rows it attends over, and hands on, for a document of the given length. */
  readonly consumes: number;
  readonly emits: number;
  /** As in the source, lengths always said: `block(512)`. */
  readonly attention: string;
  readonly pool: string | null;
  readonly scorer: string | null;
  readonly macs: Macs<EncoderPart>;
  /** Entries of its attention matrices. */
  readonly entries: Counted;
}

export interface ModelReport {
  readonly name: string;
  readonly spec: ModelSpec;
  readonly lengths: Required<ReportLengths>;
  /** Formulas hold for lengths from the one to the other (null: without end), for whole multiples of `unit`. */
  readonly formulas: { readonly from: number; readonly to: number | null; readonly unit: number };
  readonly table1: Table1;
  readonly parameters: { readonly total: bigint; readonly groups: Groups };
  readonly encoder: { readonly layers: readonly LayerReport[]; readonly macs: Macs<EncoderPart> };
  readonly decoder: {
    readonly layers: readonly Macs<DecoderPart>[];
    readonly macs: Macs<DecoderPart>;
    /** Self-attention as the paper counts it, at t/2 keys for each word (SYSTEMS.md, C04). */
    readonly paperSelfAttention: Counted;
  } | null;
  /** Entries of all attention matrices. */
  readonly entries: Counted;
  readonly macs: Counted;
  readonly operations: {
    readonly encoder: Operations;
    readonly decoder: Operations | null;
    readonly layers: readonly InLayer<Readonly<Record<keyof Operations | 'entries', bigint>>>[];
  };
  /** What the compiled model does; null: not asked for (`withMemory`). */
  readonly execution: Execution | null;
  readonly memory: MemoryReport;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

const unitOf = ({ attention }: EncoderLayerSpec): number =>
  kindNamed(KINDS.attention, attention.kind).unit?.(attention.args) ?? 1;

/**
 * Whole blocks of all layers, and the longest that a pooling leaves: beyond it every pooling has something to do. Where
 * the whole schedule is shorter than a block nothing is padded, and the formulas end where a second block would begin.
 */
function formulasOf({ encoder }: ModelSpec): ModelReport['formulas'] {
  const units = encoder.layers.map(unitOf).filter((unit) => unit > 1);
  const pools = encoder.layers.filter(({ pool }) => pool).map(({ emits }) => emits);
  const whole = units.reduce((a, b) => (a * b) / gcd(a, b), 1);
  if (units.every((unit) => unit === whole) && encoder.length < whole) {
    return { unit: 1, from: Math.max(1, ...pools), to: whole - 1 };
  }
  return { unit: whole, from: Math.ceil(Math.max(whole, ...pools) / whole) * whole, to: null };
}

/** Kinds as the source spells them; arguments at their defaults stay unsaid, but for a length that comes first. */
export function kindText({ kind, args }: KindSpec, kinds: readonly KindSignature[]): string {
  const { params } = kindNamed(kinds, kind);
  const said = params.flatMap((param, i) => {
    const value = args[param.name];
    if (value === undefined || (value === param.default && (i > 0 || param.type !== 'length'))) return [];
    return [i === 0 ? String(value) : `${param.name}: ${value}`];
  });
  return said.length > 0 ? `${kind}(${said.join(', ')})` : kind;
}

const NO_LENGTHS: Lengths = new Map();

/** One node of the graph, counted at the lengths and by formula. */
interface Both {
  readonly at: NodeWork;
  readonly by: NodeWork;
  readonly place: Place | undefined;
}

/** A model's graph and its formulas: what all lengths share. */
export interface Measured {
  readonly spec: ModelSpec;
  readonly graph: Graph;
  readonly formulas: readonly NodeWork[];
}

/**
 * Poolings in the form that is emitted: rounds on scores, then one pass over the representations (SYSTEMS.md 2.5).
 */
const emitted = (graph: Graph): Graph => ({
  ...graph,
  nodes: graph.nodes.map((node) =>
    node.op === softTopk.name ? { ...node, attrs: { ...node.attrs, form: 'tournament' } } : node,
  ),
});

export const measure = onceFor((spec: ModelSpec): Measured => {
  const graph = emitted(lowered(spec, wholeOf(spec)));
  const { unit, from } = formulasOf(spec);
  const longest = Math.max(from, Math.ceil(spec.encoder.length / unit) * unit);
  const { target } = lengthsOf(spec, {});
  const { settle, inTokens } = regimeAt(longest, unit, new Map(Object.entries({ target, batch: 1 })));
  const formulas = workOf(graph, OPS, NO_LENGTHS, settle).map((by) => {
    const work = Object.entries(by.work).map(([kind, p]) => [kind, inTokens(p as Polynomial)]);
    return { ...by, work: Object.fromEntries(work) as unknown as NodeWork['work'] };
  });
  return { spec, graph, formulas };
});

function lengthsOf(spec: ModelSpec, lengths: ReportLengths): Required<ReportLengths> {
  const { length = spec.encoder.length, target = spec.decoder?.target ?? 1, batch = 1 } = lengths;
  return { length, target, batch };
}

function foldBoth({ graph, formulas }: Measured, lengths: Required<ReportLengths>): readonly Both[] {
  const counts = workOf(graph, OPS, new Map(Object.entries(lengths)));
  return counts.map((at, i) => ({ at, by: formulas[i]!, place: placeOf(at) }));
}

type Kind = 'macs' | 'entries' | keyof Operations;

const NONE: ReadonlyMap<string, number> = new Map();

function countIn(nodes: readonly Both[], kind: Kind): bigint {
  const count = evaluatePolynomial(sum(...nodes.map(({ at }) => at.work[kind])), NONE);
  require(count !== undefined, () => 'a length has no value');
  return count;
}

function counted(nodes: readonly Both[], kind: Kind): Counted {
  return { count: countIn(nodes, kind), formula: sum(...nodes.map(({ by }) => by.work[kind])) };
}

/** By part, and in total. */
function macsOf<Part extends string>(parts: readonly Part[], nodes: readonly Both[]): Macs<Part> {
  const of = (part: Part): readonly Both[] => nodes.filter(({ place }) => place?.part === part);
  const byPart = parts.map((part) => [part, counted(of(part), 'macs')] as const);
  return Object.fromEntries([...byPart, ['total', counted(nodes, 'macs')]]) as Macs<Part>;
}

const onSide = (nodes: readonly Both[], side: 'encoder' | 'decoder'): readonly Both[] =>
  nodes.filter(({ place }) => place?.side === side);

const mapOperations = <T>(of: (kind: keyof Operations) => T): Record<keyof Operations, T> => ({
  multiplies: of('multiplies'),
  adds: of('adds'),
  exps: of('exps'),
});

function operationsOf(nodes: readonly Both[], side: Side): Operations {
  const own = nodes.filter(({ at: { node } }) => sideOf(node) === side);
  return mapOperations((kind) => counted(own, kind));
}

/** The nodes of each layer that belong to a part. */
function partsByLayer(nodes: readonly Both[], layers: number): readonly (readonly Both[])[] {
  const all = Array.from({ length: layers }, (): Both[] => []);
  for (const node of nodes) if (node.place && node.place.layer !== null) all[node.place.layer]!.push(node);
  return all;
}

/** What each layer reads and hands on. */
function rowsOf({ encoder }: ModelSpec, length: number): readonly (readonly [number, number])[] {
  let rows = length;
  return encoder.layers.map(({ pool, emits }) => {
    const consumes = rows;
    rows = pool ? Math.min(rows, emits) : rows;
    return [consumes, rows];
  });
}

function layerReport(
  { attention, pool }: EncoderLayerSpec,
  [consumes, emits]: readonly [number, number],
  nodes: readonly Both[],
): LayerReport {
  return {
    consumes,
    emits,
    attention: kindText(attention, KINDS.attention),
    pool: pool ? kindText(pool, KINDS.pool) : null,
    scorer: pool ? kindText(pool.scorer, KINDS.scorer) : null,
    macs: macsOf(ENCODER_PARTS, nodes),
    entries: counted(nodes, 'entries'),
  };
}

/** l·t·(t/2)·d of each of both products: the paper counts t/2 keys where word i sees i + 1. */
function paperSelfAttention(spec: ModelSpec, { target, batch }: Required<ReportLengths>): Counted {
  const layers = spec.decoder?.layers ?? 0;
  const of = (t: Dim, b: Dim): Polynomial => times(layers, b, t, t, spec.width);
  return { count: evaluatePolynomial(of(target, batch), NONE)!, formula: of('target', 'batch') };
}

export const reportOf = (spec: ModelSpec, lengths: ReportLengths = {}): ModelReport =>
  reportAt(measure(spec), lengths);

export function reportAt(measured: Measured, lengths: ReportLengths = {}): ModelReport {
  const { spec, graph } = measured;
  const all = lengthsOf(spec, lengths);
  const nodes = foldBoth(measured, all);
  const [encoder, decoder] = [onSide(nodes, 'encoder'), onSide(nodes, 'decoder')];
  const rows = rowsOf(spec, all.length);
  const own = partsByLayer(encoder, spec.encoder.layers.length);
  const layers = spec.encoder.layers.map((layer, i) => layerReport(layer, rows[i]!, own[i]!));
  const [parameters, entries] = [parametersOf(graph), counted(nodes, 'entries')];
  const report = {
    name: spec.name,
    spec,
    lengths: all,
    formulas: formulasOf(spec),
    table1: table1Of(
      spec,
      encoder.map(({ at }) => at),
      decoder.map(({ at }) => at),
      all,
    ),
    parameters,
    encoder: { layers, macs: macsOf(ENCODER_PARTS, encoder) },
    decoder: spec.decoder
      ? {
          layers: partsByLayer(decoder, spec.decoder.layers).map((nodes) => macsOf(DECODER_PARTS, nodes)),
          macs: macsOf(DECODER_PARTS, decoder),
          paperSelfAttention: paperSelfAttention(spec, all),
        }
      : null,
    entries,
    macs: counted(nodes, 'macs'),
    operations: {
      encoder: operationsOf(nodes, 'encoder'),
      decoder: spec.decoder ? operationsOf(nodes, 'decoder') : null,
      layers: byLayer(nodes, ({ at }) => at.node).map(({ side, layer, all }) => ({
        ...{ side, layer, entries: countIn(all, 'entries') },
        ...mapOperations((kind) => countIn(all, kind)),
      })),
    },
  };
  return { ...report, execution: null, memory: memoryOf(report) };
}
