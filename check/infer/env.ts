/** The known values of a scope and of its enclosing scopes. */
import type { Value } from './types.ts';

export interface Env {
  readonly values: Map<string, Value>;
  /** Values that are unknown because of a mistake that is reported elsewhere. */
  readonly spoiled: Set<string>;
  /** Values that are unknown without a mistake, such as the outputs of an operator without a rule. */
  readonly open: Set<string>;
  readonly outer: Env | undefined;
}

export const newEnv = (outer?: Env): Env => ({
  values: new Map(),
  spoiled: new Set(),
  open: new Set(),
  outer,
});

export function lookup(env: Env, name: string): Value | undefined {
  for (let e: Env | undefined = env; e; e = e.outer) {
    const value = e.values.get(name);
    if (value) return value;
  }
  return undefined;
}

/** Whether a value is unknown for a reason that is reported elsewhere: an earlier mistake, or a missing definition. */
export function isSpoiled(env: Env, name: string): boolean {
  for (let e: Env | undefined = env; e; e = e.outer) {
    if (e.spoiled.has(name)) return true;
    if (e.values.has(name) || e.open.has(name)) return false;
  }
  return true;
}
