/**
 * Compares tokenizers of every kind with the Python binding of the same library (make_goldens.py): ids, places and decoded
 * texts. Both run the same Rust code, so this proves what is around it: the process, the special tokens, the offsets.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Encoded } from '../../index.ts';
import { openTokenizer } from '../../index.ts';

const folder = mkdtempSync(join(tmpdir(), 'benben-goldens-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Ids, offsets in code points, the numbers of special tokens before and after the text, and the decoded text. */
type Result = readonly [readonly number[], readonly number[], readonly [number, number], string];

interface Golden {
  readonly tokenizer: {
    readonly added_tokens: readonly { readonly id: number; readonly special: boolean }[];
  };
  /** Results with special tokens in texts, and those that differ without. */
  readonly on: readonly Result[];
  readonly off: Readonly<Record<string, Result>>;
}

const GOLDENS = join(import.meta.dirname, 'goldens');
const TEXTS: readonly string[] = JSON.parse(readFileSync(join(import.meta.dirname, 'texts.json'), 'utf8'));
const [EOS, UNK] = [2, 3];
const NAMES = readdirSync(GOLDENS).map((name) => name.replace(/\.json$/, ''));

/** The result for a text in our convention: spans in UTF-16, and an eos at the end. */
function expected(text: string, [ids, offsets, [before, after]]: Result): Encoded {
  // Without a word, all special tokens are before the text for Python. Ours after the text begin with the eos.
  const only = before === ids.length && ids.includes(EOS);
  const [leading, trailing] = only ? [ids.indexOf(EOS), ids.length - ids.indexOf(EOS)] : [before, after];
  const points = [...text];
  const place = (point: number): number => points.slice(0, point).join('').length;
  const ends = ids.slice(ids.length - trailing).includes(EOS);
  const spans = ids.flatMap((_, i) => {
    if (i < leading) return [0, 0];
    if (i >= ids.length - trailing) return [text.length, text.length];
    return [place(offsets[2 * i]!), place(offsets[2 * i + 1]!)];
  });
  return {
    ids: ends ? ids : [...ids, EOS],
    spans: Uint32Array.from(ends ? spans : [...spans, text.length, text.length]),
    leading,
    trailing: trailing + Number(!ends),
  };
}

async function compare(name: string, specialTokens: boolean): Promise<void> {
  const golden: Golden = JSON.parse(readFileSync(join(GOLDENS, `${name}.json`), 'utf8'));
  const path = join(folder, `${name}.${specialTokens}.tokenizer.json`);
  writeFileSync(path, JSON.stringify(golden.tokenizer));
  const special = new Set(golden.tokenizer.added_tokens.filter((one) => one.special).map(({ id }) => id));
  const { value, diagnostics } = await openTokenizer(path, undefined, { specialTokens });
  expect(diagnostics).toEqual([]);
  const tokenizer = value!;
  for (const [i, text] of TEXTS.entries()) {
    const result = specialTokens ? golden.on[i]! : (golden.off[i] ?? golden.on[i]!);
    const encoded = await tokenizer.encode(text);
    const { ids, leading = 0, trailing = 0 } = encoded;
    const words = ids.slice(leading, ids.length - trailing);
    const foreign = (id: number): boolean => special.has(id) && id !== UNK;
    if (!specialTokens) expect(words.filter(foreign), `special ids in ${JSON.stringify(text)}`).toEqual([]);
    const known = result[0].slice(result[2][0], result[0].length - result[2][1]);
    // Where Python finds a special token as a word of the model, only the check before applies.
    if (!specialTokens && known.some(foreign)) continue;
    expect(encoded, JSON.stringify(text)).toEqual(expected(text, result));
    if (specialTokens) expect(await tokenizer.decode(ids), JSON.stringify(text)).toBe(result[3]);
  }
  await tokenizer.close();
}

test('there are tokenizers of every kind', () => {
  expect(NAMES.length).toBeGreaterThanOrEqual(60);
  expect(TEXTS.length).toBeGreaterThanOrEqual(40);
});

test.concurrent.each(NAMES)('%s: with special tokens, all is as in Python', (name) => compare(name, true));
test.concurrent.each(NAMES)('%s: without, no special id comes out of a text', (name) => compare(name, false));
