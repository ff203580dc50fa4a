/**
 * Memoizes a function of an object and some words for as long as the object lives. A report, its sweeps and its
 * budgets compute the same facts of the same model many times. The function must be pure, and the object immutable.
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

/** Computes a value when it is first needed, and only once. The function must be pure. */
export function once<T>(make: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: make() };
    return known.value;
  };
}
