/**
 * Remembers what was made of an object (and of words about it) for as long as the object lives: a report, its sweeps
 * and its budgets ask for the same model again and again. For functions of immutable data alone.
 */
export function onceFor<Key extends object, Words extends readonly string[], T>(
  make: (key: Key, ...words: Words) => T,
): (key: Key, ...words: Words) => T {
  const known = new WeakMap<Key, Map<string, { readonly value: T }>>();
  return (key, ...words) => {
    const all = known.get(key) ?? new Map<string, { readonly value: T }>();
    known.set(key, all);
    const name = words.join(' ');
    const found = all.get(name) ?? { value: make(key, ...words) };
    all.set(name, found);
    return found.value;
  };
}
