/**
 * Predicts the time that each part of a compiled model takes on a machine, by applying `roofline.ts` to the model's
 * graph. The costs of a step of the search depend on the number of words before it. The time of the search is the sum
 * over its steps.
 */
import type { Bindings } from '../../compiler/ir/dim.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import type { Ops } from '../algebra/fold.ts';
import { layerOf, sideOf } from '../algebra/parts.ts';
import type { ReportLengths } from '../measured.ts';
import type { Machine } from './machine.ts';
import { type TimedNode, timedNodes } from './roofline.ts';
import { NO_TIME, scaleTime, sumTime, type Time } from './time.ts';

export interface Predicted {
  readonly machine: Machine;
  readonly precision: string;
  readonly encoder: {
    readonly layers: readonly Time[];
    /** Everything outside the layers, such as embeddings and the packing of rows. */
    readonly rest: Time;
    readonly total: Time;
  };
  readonly decoder: {
    /** The time to compute the keys and values of the memory, before the search. */
    readonly projections: Time;
    /** The time of the first of `target` words. */
    readonly first: Time;
    readonly last: Time;
    /** The mean time of a word. */
    readonly word: Time;
    /** The time of all words. */
    readonly words: Time;
    /** The time that each layer takes for all words. */
    readonly layers: readonly Time[];
  } | null;
  /** The time of one run of the model. */
  readonly total: Time;
}

/**
 * The most steps that are evaluated; each of them represents the steps around it. The time is piecewise linear in the
 * number of words, so few points are enough.
 */
const SAMPLES = 64;

const NONE: Bindings = new Map();

/**
 * Returns a function that gives the time of the step after `written` words. Costs that are the same in all steps are
 * computed once.
 */
function stepTimes(nodes: readonly TimedNode[], machine: Machine): (written: number) => Time {
  const fixed = sumTime(nodes.filter(({ open }) => !open).map(({ at }) => at(machine, NONE)));
  const open = nodes.filter((node) => node.open);
  return (written) => {
    const known = new Map(Object.entries({ written, steps: written + 1 }));
    return sumTime([fixed, ...open.map(({ at }) => at(machine, known))]);
  };
}

function mean(at: (written: number) => Time, steps: number): Time {
  const samples = Math.min(steps, SAMPLES);
  const middles = Array.from({ length: samples }, (_, i) => Math.floor(((i + 0.5) * steps) / samples));
  return scaleTime(1 / samples, sumTime(middles.map(at)));
}

/**
 * The nodes of a graph, with their costs for documents of these lengths. The graph has the entry point `encode`, or
 * `generate` with greedy search. Predictions for several machines and lengths of output can share the nodes.
 */
export const countedNodes = (
  graph: Graph,
  ops: Ops,
  { length, batch }: Pick<Required<ReportLengths>, 'length' | 'batch'>,
): readonly TimedNode[] => timedNodes(graph, ops, new Map(Object.entries({ length, batch })));

/**
 * The machine's rates within a search. If all bytes that a step moves fit into the cache, the step reads them from the
 * cache.
 */
function withinSearch(machine: Machine, nodes: readonly TimedNode[], known: Bindings): Machine {
  const { cache, rates } = machine;
  const bytes = nodes.reduce((sum, { moved }) => sum + moved(known), 0);
  if (!cache || bytes > cache.bytes) return machine;
  const faster = Math.max(1, cache.bytesPerSecond / rates.fp32.bytesPerSecond);
  const cached = Object.entries(rates).map(([name, rate]) => [
    name,
    { ...rate, bytesPerSecond: rate.bytesPerSecond * faster },
  ]);
  return { ...machine, rates: Object.fromEntries(cached) };
}

/** The time of these nodes on a machine when the model writes `target` words. */
export function predict(
  nodes: readonly TimedNode[],
  target: number,
  machine: Machine,
  precision: string,
): Predicted {
  const end = new Map(Object.entries({ written: target - 1, steps: target }));
  const timeIn = (of: (node: TimedNode) => boolean): Time =>
    sumTime(nodes.filter((node) => !node.looped && of(node)).map(({ at }) => at(machine, end)));

  const layerIn = (side: 'encoder' | 'decoder', { node }: TimedNode): number | null =>
    sideOf(node) === side ? layerOf(node) : null;
  const layersOf = (side: 'encoder' | 'decoder', time: (of: (node: TimedNode) => boolean) => Time) => {
    const count = 1 + Math.max(-1, ...nodes.map((node) => layerIn(side, node) ?? -1));
    return Array.from({ length: count }, (_, i) => time((node) => layerIn(side, node) === i));
  };
  const layers = layersOf('encoder', timeIn);
  const looped = nodes.filter((node) => node.looped);
  const inEncoder = ({ node }: TimedNode): boolean => looped.length === 0 || node.place.side === 'encoder';
  const rest = timeIn((node) => inEncoder(node) && layerIn('encoder', node) === null);
  const encoder = { layers, rest, total: sumTime([...layers, rest]) };
  const run: Time = { ...NO_TIME, overhead: machine.runSeconds };
  const common = { machine, precision, encoder };
  if (looped.length === 0) return { ...common, decoder: null, total: sumTime([encoder.total, run]) };

  const projections = timeIn((node) => !inEncoder(node));
  const within = withinSearch(machine, looped, end);
  const at = stepTimes(looped, within);
  const word = mean(at, target);
  const wordsIn = (of: (node: TimedNode) => boolean): Time =>
    scaleTime(target, mean(stepTimes(looped.filter(of), within), target));
  const decoder = {
    projections,
    first: at(0),
    last: at(target - 1),
    word,
    words: scaleTime(target, word),
    layers: layersOf('decoder', wordsIn),
  };
  return { ...common, decoder, total: sumTime([encoder.total, projections, decoder.words, run]) };
}
