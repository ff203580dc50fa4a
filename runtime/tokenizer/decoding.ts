/** What is done before and after the library decodes ids. */

import { steps } from './surface.ts';
import { placeholder } from './tokenizer.ts';
import type { TokenizerConfig } from './tokenizer_config.ts';
import { isJson, type Json } from './tokenizer_file.ts';

/** The ids without special ones, as runs of known ids, and texts for the unknown ids between them. */
export function partsOf(
  ids: readonly number[],
  dropped: ReadonlySet<number>,
  isKnown: (id: number) => boolean,
): readonly (string | readonly number[])[] {
  const parts: (string | number[])[] = [];
  for (const id of ids) {
    const last = parts.at(-1);
    if (dropped.has(id)) continue;
    if (!isKnown(id)) parts.push(placeholder(id));
    else if (Array.isArray(last)) last.push(id);
    else parts.push([id]);
  }
  return parts;
}

/** The replacements that transformers makes in decoded texts if the configuration requests them, in its order. */
const CLEAN_UP = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
] as const;

export const cleanedUp = (text: string): string =>
  CLEAN_UP.reduce((cleaned, [before, after]) => cleaned.replaceAll(before, after), text);

/**
 * Decoders for which further ids can change a decoded text only at its last, incomplete character, so that all text
 * before it is settled.
 */
const PLAIN: ReadonlyMap<unknown, (step: Json) => boolean> = new Map<unknown, (step: Json) => boolean>([
  ['ByteLevel', () => true],
  ['ByteFallback', () => true],
  ['Metaspace', () => true],
  ['Fuse', () => true],
  ['Strip', ({ stop }) => (stop ?? 0) === 0],
  [
    'Replace',
    ({ pattern }) => isJson(pattern) && typeof pattern.String === 'string' && pattern.String.length === 1,
  ],
]);

/** The part of a decoded text that further ids can change. The clean-up removes spaces depending on the next words. */
export function settlingOf(json: Json, { cleanUp }: TokenizerConfig): 'characters' | 'words' {
  const decoders = steps(json.decoder);
  const plain = decoders.length > 0 && decoders.every((step) => PLAIN.get(step.type)?.(step) ?? false);
  return plain && !cleanUp ? 'characters' : 'words';
}
