/**
 * The report of a model's costs before it runs. It adds up the costs of the nodes of the model's graph, so the report
 * and the graph always agree. Counts are exact for the given lengths. Formulas hold for the lengths that `formulasOf`
 * returns.
 *
 * The graph is the lowered model with teacher forcing: the encoder, and a decoder that reads t words at once. This
 * decoder needs as many multiplications as a decoder that writes the words one by one.
 */
import { type Dim, evaluate } from '../compiler/ir/dim.ts';
import { require } from '../compiler/ir/op.ts';
import { evaluatePolynomial, type Polynomial, sum, times } from '../compiler/ir/polynomial.ts';
import { KINDS, kindNamed } from '../compiler/model/kinds/index.ts';
import { rowsByLayer } from '../compiler/model/lengths.ts';
import { OPS } from '../compiler/ops/index.ts';
import type { KindSignature } from '../dsl/kinds.ts';
import type { EncoderLayerSpec, KindSpec, ModelSpec } from '../dsl/spec.ts';
import { type NodeWork, workOf } from './algebra/fold.ts';
import { type Groups, parametersOf } from './algebra/parameters.ts';
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
} from './algebra/parts.ts';
import {
  type Formulas,
  formulasOf,
  lengthsOf,
  type Measured,
  measure,
  type ReportLengths,
} from './measured.ts';
import type { Execution, InLayer } from './memory/held.ts';
import { type MemoryReport, memoryOf } from './memory/memory_report.ts';
import { type Table1, table1Of } from './table1.ts';

/**
 * A count, and its formula as a polynomial in n, t and B (`length`, `target`, `batch`). The formula is computed when it is
 * read, because a short report shows no formulas.
 */
export interface Counted {
  readonly count: bigint;
  readonly formula: Polynomial;
}

/** The operations outside matrix products. */
export type Operations = Readonly<Record<'multiplies' | 'adds' | 'exps', Counted>>;

/** Multiplications in matrix products by part, and in total. */
export type Macs<Part extends string> = Readonly<Record<Part | 'total', Counted>>;

export interface LayerReport {
  /** The rows that the layer reads, for a document of the given length. */
  readonly consumes: number;
  /** The rows that the layer emits, after its pooling if it has one. */
  readonly emits: number;
  /** The attention as in the source, but with its block length even if that is the default: `block(512)`. */
  readonly attention: string;
  readonly pool: string | null;
  readonly scorer: string | null;
  readonly macs: Macs<EncoderPart>;
  /** Entries of the layer's attention matrices. */
  readonly entries: Counted;
}

export interface ModelReport {
  readonly name: string;
  readonly spec: ModelSpec;
  readonly lengths: Required<ReportLengths>;
  readonly formulas: Formulas;
  readonly table1: Table1;
  readonly parameters: { readonly total: bigint; readonly groups: Groups };
  readonly encoder: { readonly layers: readonly LayerReport[]; readonly macs: Macs<EncoderPart> };
  readonly decoder: {
    readonly layers: readonly Macs<DecoderPart>[];
    readonly macs: Macs<DecoderPart>;
    /** Self-attention as the paper counts it, with t/2 keys for each word. */
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
  /** The work of the compiled graph of the entry `wholeOf`; null until `withMemory` computes it. */
  readonly execution: Execution | null;
  readonly memory: MemoryReport;
}

/**
 * A kind as it is written in a source. Arguments with default values are left out, except a length that is the first
 * argument.
 */
export function kindText({ kind, args }: KindSpec, kinds: readonly KindSignature[]): string {
  const { params } = kindNamed(kinds, kind);
  const written = params.flatMap((param, i) => {
    const value = args[param.name];
    if (value === undefined || (value === param.default && (i > 0 || param.type !== 'length'))) return [];
    return [i === 0 ? String(value) : `${param.name}: ${value}`];
  });
  return written.length > 0 ? `${kind}(${written.join(', ')})` : kind;
}

/** A node of the graph with its work in two forms. */
interface CountedNode {
  /** The node's work at the report's lengths, as numbers. */
  readonly at: NodeWork;
  /** The node's work as formulas. */
  readonly by: () => NodeWork;
  readonly place: Place | undefined;
}

function countNodes({ graph, formulas }: Measured, lengths: Required<ReportLengths>): readonly CountedNode[] {
  const counts = workOf(graph, OPS, new Map(Object.entries(lengths)));
  return counts.map((at, i) => ({ at, by: () => formulas()[i]!, place: placeOf(at) }));
}

type CountName = 'macs' | 'entries' | keyof Operations;

const NONE: ReadonlyMap<string, number> = new Map();

function countIn(nodes: readonly CountedNode[], name: CountName): bigint {
  const count = evaluatePolynomial(sum(...nodes.map(({ at }) => at.work[name])), NONE);
  require(count !== undefined, () => 'a length has no value');
  return count;
}

function counted(nodes: readonly CountedNode[], name: CountName): Counted {
  return {
    count: countIn(nodes, name),
    get formula() {
      return sum(...nodes.map(({ by }) => by().work[name]));
    },
  };
}

/** The multiplications of these nodes by part, and in total. */
function macsOf<Part extends string>(parts: readonly Part[], nodes: readonly CountedNode[]): Macs<Part> {
  const of = (part: Part): readonly CountedNode[] => nodes.filter(({ place }) => place?.part === part);
  const byPart = parts.map((part) => [part, counted(of(part), 'macs')] as const);
  return Object.fromEntries([...byPart, ['total', counted(nodes, 'macs')]]) as Macs<Part>;
}

const onSide = (nodes: readonly CountedNode[], side: 'encoder' | 'decoder'): readonly CountedNode[] =>
  nodes.filter(({ place }) => place?.side === side);

const mapOperations = <T>(of: (name: keyof Operations) => T): Record<keyof Operations, T> => ({
  multiplies: of('multiplies'),
  adds: of('adds'),
  exps: of('exps'),
});

function operationsOf(nodes: readonly CountedNode[], side: Side): Operations {
  const own = nodes.filter(({ at: { node } }) => sideOf(node) === side);
  return mapOperations((name) => counted(own, name));
}

/** The nodes of each layer that belong to a part. */
function partsByLayer(nodes: readonly CountedNode[], layers: number): readonly (readonly CountedNode[])[] {
  const all = Array.from({ length: layers }, (): CountedNode[] => []);
  for (const node of nodes) if (node.place && node.place.layer !== null) all[node.place.layer]!.push(node);
  return all;
}

/** The rows that each layer reads and the rows that it emits, without padding. */
function rowsOf(spec: ModelSpec, length: number): readonly (readonly [number, number])[] {
  const rows = rowsByLayer(spec, length).map((dim) => evaluate(dim, NONE)!);
  return spec.encoder.layers.map((_, i) => [rows[i]!, rows[i + 1]!]);
}

function layerReport(
  { attention, pool }: EncoderLayerSpec,
  [consumes, emits]: readonly [number, number],
  nodes: readonly CountedNode[],
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

/**
 * l·t·(t/2)·d for each of the two products: the paper counts t/2 keys for each word, although word i attends to i words.
 */
function paperSelfAttention(spec: ModelSpec, { target, batch }: Required<ReportLengths>): Counted {
  const layers = spec.decoder?.layers ?? 0;
  const of = (t: Dim, b: Dim): Polynomial => times(layers, b, t, t, spec.width);
  return { count: evaluatePolynomial(of(target, batch), NONE)!, formula: of('target', 'batch') };
}

/** The report of a model at these lengths. */
export const reportOf = (spec: ModelSpec, lengths: ReportLengths = {}): ModelReport =>
  reportAt(measure(spec), lengths);

/** The report of a measured model at these lengths. */
export function reportAt(measured: Measured, lengths: ReportLengths = {}): ModelReport {
  const { spec, graph } = measured;
  const all = lengthsOf(spec, lengths);
  const nodes = countNodes(measured, all);
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
        side,
        layer,
        entries: countIn(all, 'entries'),
        ...mapOperations((name) => countIn(all, name)),
      })),
    },
  };
  return { ...report, execution: null, memory: memoryOf(report) };
}
