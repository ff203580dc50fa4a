/**
 * What a model costs before it runs: a fold over its own graph, so it cannot drift from it. Counts are exact for
 * the given lengths; formulas hold for documents of whole blocks that are too long for every pooling.
 *
 * The graph is the model as it is lowered, teacher-forced: the encoder, and a decoder that reads t words at once, which
 * multiplies as often as one that writes them word by word.
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
  readonly formulas: Formulas;
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

/** One node of the graph, counted at the lengths and by formula. */
interface Both {
  readonly at: NodeWork;
  readonly by: NodeWork;
  readonly place: Place | undefined;
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

/** What each layer reads and hands on, without padding. */
function rowsOf(spec: ModelSpec, length: number): readonly (readonly [number, number])[] {
  const rows = rowsByLayer(spec, length).map((dim) => evaluate(dim, NONE)!);
  return spec.encoder.layers.map((_, i) => [rows[i]!, rows[i + 1]!]);
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
