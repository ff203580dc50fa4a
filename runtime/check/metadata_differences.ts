/** Compares the metadata of an artifact with the metadata that the compiler would write. */
import { printable } from '../../dsl/printable.ts';

type Metadata = Readonly<Record<string, string>>;

/**
 * Keys whose values do not depend on the source (weights, tokenizer, version), and the keys of the source text, for
 * which D650 and D653 exist.
 */
const NOT_COMPARED = new Set(
  [
    'weights',
    'random',
    'error_max',
    'error_mean',
    'data_mark',
    'tokenizer',
    'version',
    'source',
    'source_sha256',
  ].map((key) => `benben.${key}`),
);

/** A text for each wrong value: its key, the value in the file and the right value. Absent keys are not compared. */
export function metadataDifferences(said: Metadata, compiled: Metadata): readonly string[] {
  return Object.entries(compiled).flatMap(([key, right]) => {
    const own = said[key];
    if (NOT_COMPARED.has(key) || own === undefined || own === right) return [];
    const differs = key === 'benben.spec' ? firstOf(JSON.parse(own), JSON.parse(right)) : versus(own, right);
    return differs === undefined ? [] : [`${key} (${differs})`];
  });
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** The first difference of two descriptions, such as `encoder.length 64, not 32`. */
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
