/** What a body sees of the values around it. */
import type { Scope } from '../scopes.ts';

/** Of each scope the names that it, and the bodies in it, read or give and do not define; found when asked for. */
export function createCaptures(scopes: readonly Scope[]): (scope: Scope) => readonly string[] {
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
