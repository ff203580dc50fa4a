/** What inference has to say, gathered while it goes: each thing once, however often a place is visited. */
import { type Finding, shown } from '../rule.ts';
import { type Scope, whereNode } from '../scopes.ts';
import { bytesFor, sizeText } from '../sizes.ts';
import { isKnown, product, type Value, valueText } from './types.ts';

/** What could not be told. */
export interface Gaps {
  /** Values of all scopes that were looked at. */
  readonly values: number;
  /** Without a type or a rank. */
  readonly unknown: number;
  /** Whose declared types were taken on trust. */
  readonly trusted: number;
  /** Operators without a rule, the most frequent first. */
  readonly ruleless: readonly (readonly [op: string, count: number])[];
  /** Where it begins. */
  readonly first?: string;
  /** Why the model is not followed to its end. */
  readonly stopped: Limit | false;
}

/** Of what there is more than is followed. */
export type Limit = 'nodes' | 'depth';

export interface Told {
  /** What is declared is not what follows. */
  readonly conflicts: readonly Finding[];
  /** Operators that cannot take what they are given. */
  readonly misfits: readonly Finding[];
  /** Values that no machine has room for. */
  readonly absurd: readonly Finding[];
  readonly gaps: Gaps;
}

export type Kind = 'conflicts' | 'misfits' | 'absurd';

/** A node of a scope; -1: the scope itself. */
export interface Spot {
  readonly scope: Scope;
  readonly node: number;
}

export interface Record {
  readonly tell: (kind: Kind, spot: Spot, message: string, help?: string) => void;
  readonly withoutRule: (op: string) => void;
  /** One value: what follows, and what is known of it with its declaration. */
  readonly count: (spot: Spot, name: string, follows: Value | undefined, value: Value | undefined) => void;
  readonly stop: (limit: Limit) => void;
  readonly result: () => Told;
}

/** From this many bytes on a value is absurd. */
const ABSURD = 2 ** 40;

export function createRecord(): Record {
  const told: { readonly [K in Kind]: Map<string, Finding> } = {
    conflicts: new Map(),
    misfits: new Map(),
    absurd: new Map(),
  };
  const names = new Map<Scope, Set<string>>();
  const ruleless = new Map<string, number>();
  const [unknown, trusted] = [new Set<string>(), new Set<string>()];
  let first: string | undefined;
  let stopped: Limit | false = false;

  const tell: Record['tell'] = (kind, { scope, node }, message, help) => {
    const where = whereNode(scope, node);
    if (!told[kind].has(where))
      told[kind].set(where, { message, where, ...(help !== undefined && { help }) });
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
      if (bytes >= ABSURD)
        tell(
          'absurd',
          { scope, node },
          `'${shown(name)}', ${valueText(value)}, would take ${sizeText(bytes)}`,
        );
    },
    stop: (limit) => {
      stopped = limit;
    },
    result: () => ({
      conflicts: [...told.conflicts.values()],
      misfits: [...told.misfits.values()],
      absurd: [...told.absurd.values()],
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
