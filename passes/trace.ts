/** A trace records which rules of a pass fired, and why the others did not. A pass can also run without a trace. */
import type { Node } from '../compiler/ir/graph.ts';

/** Why a rule did not fire at a node. `met` is the number of conditions that were met: the nearest miss has the most. */
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
  /** The nearest miss, or the first of several equally near ones. Present only if it was requested. */
  readonly nearest?: Miss;
}

export interface Recorder extends Trace {
  readonly rules: () => readonly RuleStats[];
}

/**
 * Creates a trace that counts how often each rule fires. With `misses`, it also keeps the nearest miss of every rule.
 */
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
