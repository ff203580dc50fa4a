/** Which rules fired, and why others did not. A pass reports these facts while it runs; they need not be kept. */
import type { Node } from '../compiler/ir/graph.ts';

/** Why a rule did not fire at a node. `met` counts the conditions that held: the larger, the nearer it came. */
export interface Miss {
  readonly reason: string;
  readonly node: Node;
  readonly met: number;
}

export const isMiss = (x: object): x is Miss => 'reason' in x && 'met' in x;

export interface Trace {
  fired(rule: string): void;
  missed(rule: string, miss: Miss): void;
}

export interface RuleStats {
  readonly rule: string;
  readonly fired: number;
  /** The miss that came closest to firing, the first among equals; only if it was requested. */
  readonly nearest?: Miss;
}

export interface Recorder extends Trace {
  readonly rules: () => readonly RuleStats[];
}

/** Counts firings. With `misses`, it also keeps the nearest miss of every rule. */
export function createRecorder(misses: boolean): Recorder {
  const found = new Map<string, RuleStats>();
  const of = (rule: string): RuleStats => found.get(rule) ?? { rule, fired: 0 };
  return {
    fired(rule) {
      const stats = of(rule);
      found.set(rule, { ...stats, fired: stats.fired + 1 });
    },
    missed(rule, miss) {
      if (!misses) return;
      const stats = of(rule);
      if (!stats.nearest || miss.met > stats.nearest.met) found.set(rule, { ...stats, nearest: miss });
    },
    rules: () => [...found.values()],
  };
}
