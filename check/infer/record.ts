/** Collects the findings of inference. A node has at most one finding of a kind, however often it is visited. */
import { type Finding, shown } from '../rule.ts';
import { type Scope, whereNode } from '../scopes.ts';
import { ABSURD_BYTES, bytesFor, sizeText } from '../sizes.ts';
import { isKnown, product, type Value, valueText } from './types.ts';

/** The values whose types could not be inferred. */
export interface Gaps {
  /** The number of values in all scopes that were visited. */
  readonly values: number;
  /** The number of values whose type or rank is unknown. */
  readonly unknown: number;
  /** The number of values whose declared type was trusted. */
  readonly trusted: number;
  /** Operators without a rule, the most frequent first. */
  readonly ruleless: readonly (readonly [op: string, count: number])[];
  /** The first node with a gap. */
  readonly first?: string;
  /** The limit that ended inference early; false if inference was complete. */
  readonly stopped: Limit | false;
}

/** The limits of inference: the number of nodes visited, and the depth of calls. */
export type Limit = 'nodes' | 'depth';

export interface Told {
  /** Declarations that contradict the inferred values. */
  readonly conflicts: readonly Finding[];
  /** Operators that cannot take their inputs. */
  readonly misfits: readonly Finding[];
  /** What ONNX forbids, but ONNX Runtime ignores. */
  readonly doubts: readonly Finding[];
  /** Values that are too large for any machine. */
  readonly absurd: readonly Finding[];
  readonly gaps: Gaps;
}

type FindingKind = 'conflicts' | 'misfits' | 'doubts' | 'absurd';

/** The position of a finding. */
export interface Spot {
  readonly scope: Scope;
  /** The index of the node; -1 for the scope itself. */
  readonly node: number;
}

export interface InferenceRecord {
  readonly tell: (
    kind: FindingKind,
    spot: Spot,
    message: string,
    more?: Pick<Finding, 'help' | 'severity'>,
  ) => void;
  readonly withoutRule: (op: string) => void;
  /** Counts one value. `follows` is the inferred value; `value` combines it with the declared one. */
  readonly count: (spot: Spot, name: string, follows: Value | undefined, value: Value | undefined) => void;
  readonly stop: (limit: Limit) => void;
  readonly result: () => Told;
}

export function createRecord(): InferenceRecord {
  const found: { readonly [K in FindingKind]: Map<string, Finding> } = {
    conflicts: new Map(),
    misfits: new Map(),
    doubts: new Map(),
    absurd: new Map(),
  };
  const names = new Map<Scope, Set<string>>();
  const ruleless = new Map<string, number>();
  const [unknown, trusted] = [new Set<string>(), new Set<string>()];
  let first: string | undefined;
  let stopped: Limit | false = false;

  const tell: InferenceRecord['tell'] = (kind, { scope, node }, message, more = {}) => {
    const where = whereNode(scope, node);
    if (!found[kind].has(where)) found[kind].set(where, { message, where, ...more });
  };

  return {
    tell,
    withoutRule: (op) => void ruleless.set(op, (ruleless.get(op) ?? 0) + 1),
    count({ scope, node }, name, follows, value) {
      const seen = names.get(scope) ?? new Set();
      names.set(scope, seen.add(name));
      if (!isKnown(follows)) {
        (isKnown(value) ? trusted : unknown).add(`${scope.where} ${name}`);
        first ??= whereNode(scope, node);
      }
      if (value?.kind !== 'tensor' || !value.shape) return;
      const elements = value.shape.every((d) => typeof d === 'number') ? product(value.shape) : undefined;
      const bytes = typeof elements === 'number' ? (bytesFor(value.dtype, elements) ?? 0) : 0;
      if (bytes >= ABSURD_BYTES)
        tell(
          'absurd',
          { scope, node },
          `'${shown(name)}', ${valueText(value)}, would take ${sizeText(bytes)}, which is more memory than any machine has`,
        );
    },
    stop: (limit) => {
      stopped = limit;
    },
    result: () => ({
      conflicts: [...found.conflicts.values()],
      misfits: [...found.misfits.values()],
      doubts: [...found.doubts.values()],
      absurd: [...found.absurd.values()],
      gaps: {
        values: [...names.values()].reduce((sum, set) => sum + set.size, 0),
        unknown: unknown.size,
        trusted: trusted.size,
        ruleless: [...ruleless].sort((a, b) => b[1] - a[1]),
        ...(first !== undefined && { first }),
        stopped,
      },
    }),
  };
}
