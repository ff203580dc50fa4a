/** What is known of the values of a scope, and of those around it. */
import type { Value } from './types.ts';

export interface Env {
  readonly values: Map<string, Value>;
  /** Unknown because of a mistake that is told elsewhere. */
  readonly spoiled: Set<string>;
  /** Written, and not known for want of a rule. */
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

/** Unknown for a reason that is told elsewhere: a mistake before it, or nothing has written it. */
export function isSpoiled(env: Env, name: string): boolean {
  for (let e: Env | undefined = env; e; e = e.outer) {
    if (e.spoiled.has(name)) return true;
    if (e.values.has(name) || e.open.has(name)) return false;
  }
  return true;
}
