/**
 * The time that a compiled model takes on a machine, by part, before anything runs: `roofline.ts` over its graph. Costs
 * of a search are those of one round, in the words before it; its time is the sum over the rounds, each at its length.
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
    /** Embeddings, and the moving of tokens. */
    readonly rest: Time;
    readonly total: Time;
  };
  readonly decoder: {
    /** What a search begins with: keys and values of the memory. */
    readonly projections: Time;
    /** Of `target` words, the first, the last, the mean, and all of them. */
    readonly first: Time;
    readonly last: Time;
    readonly word: Time;
    readonly words: Time;
    /** Of those words, what each layer takes. */
    readonly layers: readonly Time[];
  } | null;
  /** One run of the model. */
  readonly total: Time;
}

/** Rounds that are looked at: each stands for as many around it. Time is a line in the words but where a limit changes. */
const SAMPLES = 64;

const NONE: Bindings = new Map();

/** The round after so many words; what is the same in all rounds is found once. */
function roundsOf(nodes: readonly TimedNode[], machine: Machine): (written: number) => Time {
  const fixed = sumTime(nodes.filter(({ open }) => !open).map(({ at }) => at(machine, NONE)));
  const open = nodes.filter((node) => node.open);
  return (written) => {
    const known = new Map(Object.entries({ written, steps: written + 1 }));
    return sumTime([fixed, ...open.map(({ at }) => at(machine, known))]);
  };
}

function mean(at: (written: number) => Time, rounds: number): Time {
  const samples = Math.min(rounds, SAMPLES);
  const middles = Array.from({ length: samples }, (_, i) => Math.floor(((i + 0.5) * rounds) / samples));
  return scaleTime(1 / samples, sumTime(middles.map(at)));
}

/** The nodes of a graph of entry `generate`, greedy, or `encode`: what all machines and outputs share. */
export const countedNodes = (
  graph: Graph,
  ops: Ops,
  { length, batch }: Pick<Required<ReportLengths>, 'length' | 'batch'>,
): readonly TimedNode[] => timedNodes(graph, ops, new Map(Object.entries({ length, batch })));

/** The machine as a search finds it, whose rounds read the same weights again: from a cache where all fits in. */
function withinLoop(machine: Machine, nodes: readonly TimedNode[], known: Bindings): Machine {
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

/** Of that graph's nodes, where it writes so many words. */
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
  const within = withinLoop(machine, looped, end);
  const at = roundsOf(looped, within);
  const word = mean(at, target);
  const wordsIn = (of: (node: TimedNode) => boolean): Time =>
    scaleTime(target, mean(roundsOf(looped.filter(of), within), target));
  const decoder = {
    ...{ projections, first: at(0), last: at(target - 1), word, words: scaleTime(target, word) },
    layers: layersOf('decoder', wordsIn),
  };
  return { ...common, decoder, total: sumTime([encoder.total, projections, decoder.words, run]) };
}
