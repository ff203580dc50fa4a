/** Bodies of `If`, `Loop` and `Scan`: the outer values that they read, and the results of earlier visits. */
import { addTo } from '../groups.ts';
import type { Scope } from '../scopes.ts';
import type { Value } from './types.ts';

type Values = readonly (Value | undefined)[];

/** The limits of the cache: the number of results and the length of a key. Otherwise a file could fill the memory. */
const MOST_KEPT = 20_000;
const LONGEST_KEY = 2000;

/** Creates a function that lists the outer values of a scope: names that it and its bodies use but do not define. */
function createCaptures(scopes: readonly Scope[]): (scope: Scope) => readonly string[] {
  const inside = new Map<Scope, Scope[]>();
  for (const scope of scopes) {
    const { parent } = scope;
    if (!parent) continue;
    addTo(inside, parent.scope, scope);
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
  /**
   * The cached results of a body for the same inputs. A muted visit reports nothing, so its results are returned only
   * to other muted visits.
   */
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
      // If the attributes differ, this is another call of the enclosing function, so the cached results do not apply.
      if (own.attributes !== attributes) own.results.clear();
      own.attributes = attributes;
      return own.results.get(`reported ${call}`) ?? (muted ? own.results.get(call) : undefined);
    },
    keep(scope, call, muted, values) {
      if (call.length <= LONGEST_KEY && kept++ < MOST_KEPT)
        known.get(scope)?.results.set(muted ? call : `reported ${call}`, values);
    },
  };
}
