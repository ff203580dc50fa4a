/** A model's graph and the formulas of its costs. The reports for all lengths share them. */
import type { Graph } from '../compiler/ir/graph.ts';
import { once, onceFor } from '../compiler/ir/memo.ts';
import type { Polynomial } from '../compiler/ir/polynomial.ts';
import { lowered, wholeOf } from '../compiler/model/index.ts';
import { multipleOf, paddingUnit } from '../compiler/model/lengths.ts';
import { OPS } from '../compiler/ops/index.ts';
import { softTopk } from '../compiler/ops/soft_topk.ts';
import type { ModelSpec } from '../dsl/spec.ts';
import { type Lengths, type NodeWork, workOf } from './algebra/fold.ts';
import { regimeAt } from './algebra/regime.ts';

/** The lengths that a report is for. */
export interface ReportLengths {
  /**
   * Tokens of a document. Default: the schedule's first length. For a longer document the report counts a model that
   * could read it: the layers before the first pooling read the whole document, and the other layers read as many rows
   * as before.
   */
  readonly length?: number;
  /** Words of the output. Default: the decoder's target. */
  readonly target?: number;
  /** The number of documents at once. Default: 1. */
  readonly batch?: number;
}

/** The lengths for which formulas hold: multiples of `unit` in a range, both ends included. */
export interface Formulas {
  readonly from: number;
  /** Null if the range has no end. */
  readonly to: number | null;
  readonly unit: number;
}

/**
 * The lengths for which a model's formulas hold: multiples of the block lengths of all layers, and at least as many rows
 * as every pooling keeps. If the whole schedule is shorter than a block, nothing is padded, and the formulas hold for
 * documents that are shorter than a block.
 */
export function formulasOf(spec: ModelSpec): Formulas {
  const { encoder } = spec;
  const units = encoder.layers.map(multipleOf).filter((unit) => unit > 1);
  const pools = encoder.layers.filter(({ pool }) => pool).map(({ emits }) => emits);
  const whole = paddingUnit(spec);
  if (units.every((unit) => unit === whole) && encoder.length < whole) {
    return { unit: 1, from: Math.max(1, ...pools), to: whole - 1 };
  }
  return { unit: whole, from: Math.ceil(Math.max(whole, ...pools) / whole) * whole, to: null };
}

/** The lengths with their defaults. */
export function lengthsOf(spec: ModelSpec, lengths: ReportLengths): Required<ReportLengths> {
  const { length = spec.encoder.length, target = spec.decoder?.target ?? 1, batch = 1 } = lengths;
  return { length, target, batch };
}

const NO_LENGTHS: Lengths = new Map();

export interface Measured {
  readonly spec: ModelSpec;
  readonly graph: Graph;
  /** The work of each node as formulas, computed when it is first needed. */
  readonly formulas: () => readonly NodeWork[];
}

/**
 * The graph with its poolings in the emitted form: all rounds on the scores, then one pass over the
 * rows.
 */
const emitted = (graph: Graph): Graph => ({
  ...graph,
  nodes: graph.nodes.map((node) =>
    node.op === softTopk.name ? { ...node, attrs: { ...node.attrs, form: 'tournament' } } : node,
  ),
});

/** Lowers a model. The result is cached for each model. */
export const measure = onceFor((spec: ModelSpec): Measured => {
  const graph = emitted(lowered(spec, wholeOf(spec)));
  return { spec, graph, formulas: once(() => formulasIn(spec, graph)) };
});

function formulasIn(spec: ModelSpec, graph: Graph): readonly NodeWork[] {
  const { unit, from } = formulasOf(spec);
  const longest = Math.max(from, Math.ceil(spec.encoder.length / unit) * unit);
  const { target } = lengthsOf(spec, {});
  const { settle, inTokens } = regimeAt(longest, unit, new Map(Object.entries({ target, batch: 1 })));
  return workOf(graph, OPS, NO_LENGTHS, settle).map((by) => {
    const work = Object.entries(by.work).map(([name, p]) => [name, inTokens(p as Polynomial)]);
    return { ...by, work: Object.fromEntries(work) as unknown as NodeWork['work'] };
  });
}
