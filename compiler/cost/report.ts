/**
 * What a model costs before it runs: a fold over its own graph, so it cannot drift from it. Counts are exact for
 * the given lengths; formulas hold for documents of whole blocks that are too long for every pooling.
 *
 * The graph is the one that would run (`passes/reported_graph.ts`).
 */
import type { KindSignature } from '../../dsl/kinds.ts';
import type { EncoderLayerSpec, KindSpec, ModelSpec } from '../../dsl/spec.ts';
import type { Dim } from '../ir/dim.ts';
import type { Graph } from '../ir/graph.ts';
import { require } from '../ir/op.ts';
import { KINDS, kindNamed } from '../kinds/index.ts';
import { OPS } from '../ops/index.ts';
import { type Lengths, type NodeWork, workOf } from './fold.ts';
import { type Groups, parametersOf } from './parameters.ts';
import { DECODER_PARTS, type DecoderPart, ENCODER_PARTS, type EncoderPart, placeOf } from './parts.ts';
import { evaluatePolynomial, type Polynomial, sum, times } from './polynomial.ts';
import { regimeAt } from './regime.ts';
import { type Table1, table1Of } from './table1.ts';

/** Lengths to report for: of one document and one output, and how many at once. */
export interface ReportLengths {
  /** Tokens of a document; default: the schedule's first length. */
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

export type Macs<Part extends string> = Readonly<Record<Part | 'total', Counted>>;

export interface LayerReport {
  /** Rows it attends over, and hands on, for a document of the given length. */
  readonly consumes: number;
  readonly emits: number;
  /** As in the source: `block(512)`. */
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
  /** Formulas hold from this length on, for whole multiples of `unit`. */
  readonly formulas: { readonly from: number; readonly unit: number };
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
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

const unitOf = ({ attention }: EncoderLayerSpec): number =>
  kindNamed(KINDS.attention, attention.kind).unit?.(attention.args) ?? 1;

const lcm = (numbers: readonly number[]): number => numbers.reduce((a, b) => (a * b) / gcd(a, b), 1);

/** Whole blocks of all layers, and whole groups of all poolings; beyond the longest that a pooling leaves. */
function formulasOf({ encoder }: ModelSpec): ModelReport['formulas'] {
  const kept = encoder.layers.filter(({ pool }) => pool).map(({ emits }) => emits);
  const unit = lcm([...encoder.layers.map(unitOf), ...kept]);
  return { unit, from: Math.max(unit, ...kept) };
}

/** Kinds as the source spells them; arguments at their defaults stay unsaid. */
export function kindText({ kind, args }: KindSpec, kinds: readonly KindSignature[]): string {
  const { params } = kindNamed(kinds, kind);
  const said = params.flatMap((param, i) => {
    const value = args[param.name];
    if (value === undefined || value === param.default) return [];
    return [i === 0 ? String(value) : `${param.name}: ${value}`];
  });
  return said.length > 0 ? `${kind}(${said.join(', ')})` : kind;
}

const NO_LENGTHS: Lengths = new Map();

/** One node of the graph, counted at the lengths and by formula. */
interface Both {
  readonly at: NodeWork;
  readonly by: NodeWork;
}

function foldBoth(graph: Graph, spec: ModelSpec, lengths: Required<ReportLengths>): readonly Both[] {
  const { unit, from } = formulasOf(spec);
  const point = new Map<string, number>(Object.entries(lengths));
  const longest = Math.max(from, Math.ceil(spec.encoder.length / unit) * unit);
  const regime = regimeAt(longest, unit, point);
  const counted = workOf(graph, OPS, point);
  const formulas = workOf(graph, OPS, NO_LENGTHS, regime.settle);
  return counted.map((at, i) => {
    const { work, ...by } = formulas[i]!;
    const inTokens = Object.entries(work).map(([kind, p]) => [kind, regime.inTokens(p as Polynomial)]);
    return { at, by: { ...by, work: Object.fromEntries(inTokens) as unknown as NodeWork['work'] } };
  });
}

type Kind = 'macs' | 'entries';

const NONE: ReadonlyMap<string, number> = new Map();

function counted(nodes: readonly Both[], kind: Kind): Counted {
  const count = evaluatePolynomial(sum(...nodes.map(({ at }) => at.work[kind])), NONE);
  require(count !== undefined, () => 'a length has no value');
  return { count, formula: sum(...nodes.map(({ by }) => by.work[kind])) };
}

/** By part, and in total. */
function macsOf<Part extends string>(parts: readonly Part[], nodes: readonly Both[]): Macs<Part> {
  const of = (part: Part): readonly Both[] => nodes.filter(({ at }) => placeOf(at)?.part === part);
  const byPart = parts.map((part) => [part, counted(of(part), 'macs')] as const);
  return Object.fromEntries([...byPart, ['total', counted(nodes, 'macs')]]) as Macs<Part>;
}

const onSide = (nodes: readonly Both[], side: 'encoder' | 'decoder'): readonly Both[] =>
  nodes.filter(({ at }) => placeOf(at)?.side === side);

const inLayer = (nodes: readonly Both[], layer: number): readonly Both[] =>
  nodes.filter(({ at }) => placeOf(at)?.layer === layer);

function layerReport(layer: EncoderLayerSpec, nodes: readonly Both[], length: number): LayerReport {
  const { attention, pool } = layer;
  return {
    consumes: Math.min(layer.consumes, length),
    emits: Math.min(layer.emits, length),
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

/** The report of a model whose graph this is: entry `forward`, or `encode` where it has no decoder. */
export function reportOf(spec: ModelSpec, graph: Graph, lengths: ReportLengths = {}): ModelReport {
  const { length = spec.encoder.length, target = spec.decoder?.target ?? 1, batch = 1 } = lengths;
  const all = { length, target, batch };
  const nodes = foldBoth(graph, spec, all);
  const [encoder, decoder] = [onSide(nodes, 'encoder'), onSide(nodes, 'decoder')];
  const layers = spec.encoder.layers.map((layer, i) => layerReport(layer, inLayer(encoder, i), length));
  return {
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
    parameters: parametersOf(graph),
    encoder: { layers, macs: macsOf(ENCODER_PARTS, encoder) },
    decoder: spec.decoder
      ? {
          layers: Array.from({ length: spec.decoder.layers }, (_, i) =>
            macsOf(DECODER_PARTS, inLayer(decoder, i)),
          ),
          macs: macsOf(DECODER_PARTS, decoder),
          paperSelfAttention: paperSelfAttention(spec, all),
        }
      : null,
    entries: counted(nodes, 'entries'),
    macs: counted(nodes, 'macs'),
  };
}
