/** What an artifact says of itself, held against what the compiler would write there. */
import { printable } from '../../dsl/printable.ts';

type Metadata = Readonly<Record<string, string>>;

/**
 * No source gives them: where weights come from, how far from float32 they are, what a text is cut with, and who
 * compiled. The source itself has codes of its own.
 */
const FREE = new Set(
  [
    ...['weights', 'random', 'error_max', 'error_mean', 'data_mark', 'tokenizer', 'version'],
    ...['source', 'source_sha256'],
  ].map((key) => `benben.${key}`),
);

/** One text for each key that differs: its name, what the file has, and what it should. Absent keys have meanings. */
export function toldOtherwise(said: Metadata, compiled: Metadata): readonly string[] {
  return Object.entries(compiled).flatMap(([key, right]) => {
    const own = said[key];
    if (FREE.has(key) || own === undefined || own === right) return [];
    const differs = key === 'benben.spec' ? firstOf(JSON.parse(own), JSON.parse(right)) : versus(own, right);
    return differs === undefined ? [] : [`${key} (${differs})`];
  });
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** The first place in which two descriptions differ: `encoder.length 64, not 32`. As deep as ours goes, at most. */
function firstOf(own: unknown, right: unknown, path: readonly string[] = []): string | undefined {
  if (!isObject(own) || !isObject(right) || Array.isArray(own) !== Array.isArray(right))
    return own === right ? undefined : `${path.join('.')} ${versus(own, right)}`;
  for (const key of new Set([...Object.keys(right), ...Object.keys(own)])) {
    const at = (value: typeof own): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);
    const found = firstOf(at(own), at(right), [...path, short(key)]);
    if (found !== undefined) return found;
  }
  return undefined;
}

const versus = (own: unknown, right: unknown): string => `${text(own)}, not ${text(right)}`;

const text = (value: unknown): string => {
  if (value === undefined) return 'none';
  return isObject(value) ? (Array.isArray(value) ? 'a list' : 'a block') : short(String(value));
};

const MOST = 40;

function short(value: string): string {
  const shown = printable(value.slice(0, MOST)).replaceAll('\n', ' ');
  return value.length > MOST ? `${shown}…` : shown;
}
