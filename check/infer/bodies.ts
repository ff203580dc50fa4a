/** Bodies of `If`, `Loop` and `Scan`: what they see of the values around them, and what they gave for it before. */
import type { Scope } from '../scopes.ts';
import type { Value } from './types.ts';

type Values = readonly (Value | undefined)[];

/** Results that are remembered, and the characters of what they are known by: no file can fill the memory. */
const MOST_KEPT = 20_000;
const LONGEST_KEY = 2000;

/** Of each scope the names that it, and the bodies in it, read or give and do not define; found when asked for. */
function createCaptures(scopes: readonly Scope[]): (scope: Scope) => readonly string[] {
  const inside = new Map<Scope, Scope[]>();
  for (const scope of scopes) {
    const { parent } = scope;
    if (!parent) continue;
    const list = inside.get(parent.scope);
    if (list) list.push(scope);
    else inside.set(parent.scope, [scope]);
  }
  const known = new Map<Scope, readonly string[]>();
  const capturesOf = (scope: Scope): readonly string[] => {
    const found = known.get(scope);
    if (found) return found;
    const names = new Set<string>();
    for (const { input } of scope.nodes) for (const name of input) names.add(name);
    for (const { name } of scope.graph?.output ?? []) names.add(name ?? '');
    for (const body of inside.get(scope) ?? []) for (const name of capturesOf(body)) names.add(name);
    const free = [...names].filter((name) => name !== '' && !scope.defined.has(name));
    known.set(scope, free);
    return free;
  };
  return capturesOf;
}

export interface Bodies {
  readonly capturesOf: (scope: Scope) => readonly string[];
  /** What a body gave, called so; of a round in which nothing is told, only for another one. */
  readonly find: (
    scope: Scope,
    attributes: object | undefined,
    call: string,
    muted: boolean,
  ) => Values | undefined;
  readonly keep: (scope: Scope, call: string, muted: boolean, values: Values) => void;
}

export function createBodies(scopes: readonly Scope[]): Bodies {
  const known = new Map<Scope, { attributes: object | undefined; readonly results: Map<string, Values> }>();
  let kept = 0;
  return {
    capturesOf: createCaptures(scopes),
    find(scope, attributes, call, muted) {
      const own = known.get(scope) ?? { attributes, results: new Map<string, Values>() };
      known.set(scope, own);
      // The attributes are those of the function around: this is another call of it.
      if (own.attributes !== attributes) own.results.clear();
      own.attributes = attributes;
      return own.results.get(`told ${call}`) ?? (muted ? own.results.get(call) : undefined);
    },
    keep(scope, call, muted, values) {
      if (call.length <= LONGEST_KEY && kept++ < MOST_KEPT)
        known.get(scope)?.results.set(muted ? call : `told ${call}`, values);
    },
  };
}
