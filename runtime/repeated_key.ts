/**
 * Finds repeated keys in JSON. JSON.parse silently uses the last value of such a key, but another reader may use the
 * first.
 */

export interface Repeated {
  readonly key: string;
  /** The offset of the key's second occurrence. */
  readonly at: number;
}

/** The first key that an object of a valid JSON text has twice. Objects nested deeper than `deepest` are not searched. */
export function repeatedKey(text: string, deepest: number): Repeated | undefined {
  const seen: Set<string>[] = [];
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '{' || char === '[') {
      depth += 1;
      if (depth <= deepest) seen[depth] = new Set();
    } else if (char === '}' || char === ']') {
      depth -= 1;
    } else if (char === '"') {
      const at = i;
      for (i++; text[i] !== '"'; i++) if (text[i] === '\\') i++;
      const keys = seen[depth];
      if (depth > deepest || keys === undefined || !isKey(text, i + 1)) continue;
      const key: string = JSON.parse(text.slice(at, i + 1));
      if (keys.has(key)) return { key, at };
      keys.add(key);
    }
  }
  return undefined;
}

function isKey(text: string, after: number): boolean {
  let i = after;
  while (text[i] === ' ' || text[i] === '\n' || text[i] === '\t' || text[i] === '\r') i++;
  return text[i] === ':';
}
