/** Laws of the tables of synonyms: every word gets an answer by name, and what an answer says to write is accepted. */
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../compiler/model/kinds/index.ts';
import { FIELD_SYNONYMS } from '../../dsl/field_synonyms.ts';
import { analyze, type Diagnostic } from '../../dsl/index.ts';
import { SYNONYMS, type SynonymPlace } from '../../dsl/synonyms.ts';

const diagnose = (text: string): readonly Diagnostic[] => analyze({ path: 'a.ben', text }, KINDS).diagnostics;

type Block = 'model' | 'encoder' | 'decoder' | 'layer';

/** A text with one line in a block. */
const inside = (block: Block, line: string): string =>
  ({
    model: `model A {\n  ${line}\n}\n`,
    encoder: `model A {\n  encoder {\n    ${line}\n  }\n}\n`,
    decoder: `model A {\n  decoder {\n    ${line}\n  }\n}\n`,
    layer: `model A {\n  encoder {\n    layer 1 { ${line} }\n  }\n}\n`,
  })[block];

const codeIn = (help = ''): string => /`([^`]+)`/.exec(help)?.[1] ?? '';

/** The block that a help names, as in "in `encoder { … }`". */
const homeIn = (help: string, otherwise: Block): Block =>
  / in the model itself/.test(help)
    ? 'model'
    : ((/ in `(encoder|decoder) \{ … }`/.exec(help)?.[1] as Block | undefined) ?? otherwise);

/** The values that each field needs in order to be written without another field. */
const NEEDED: Readonly<Record<string, string>> = { 'share embeddings': 'decoder { }; share embeddings' };

const fieldRows = FIELD_SYNONYMS.flatMap((row) =>
  (row.in ?? (['model', 'encoder', 'decoder'] as const)).flatMap((block) =>
    row.words.split(' ').map((word) => ({ word, block, row })),
  ),
).filter(({ row }) => row.block === undefined);

describe('fields of other tools', () => {
  test('a word is written in lower case without `_`, so that every spelling of it is found', () => {
    const words = [...FIELD_SYNONYMS, ...Object.values(SYNONYMS).flat()].flatMap((row) =>
      row.words.split(' '),
    );
    expect(words.filter((word) => !/^[a-z0-9µ]+$/.test(word))).toEqual([]);
  });

  test.each(fieldRows)('$word in $block', ({ word, block }) => {
    const [first, ...more] = diagnose(inside(block, `${word} { }`)).filter(({ code }) => code !== 'D212');
    // A few words are fields of another block, or words of the language such as `extends`.
    if (first?.code !== 'D101') return;
    expect(more).toEqual([]);
    expect(first.help).not.toMatch(/ has: /);
    if (!first.help!.startsWith('write `')) return;
    const written = codeIn(first.help);
    if (written.includes('…')) return;
    const text = inside(homeIn(first.help!, block), NEEDED[written] ?? written);
    expect(diagnose(text), text).toEqual([]);
  });

  test('the answer contains the number of the author', () => {
    const helpOf = (block: Block, line: string) => diagnose(inside(block, line))[0]?.help;
    expect(helpOf('model', 'hidden_size 1024')).toBe('write `width 1024`');
    expect(helpOf('model', 'num_attention_heads 12')).toBe('write `heads 12`');
    expect(helpOf('encoder', 'num_layers 12')).toMatch(/^write `schedule 8k x 12`: /);
    expect(helpOf('model', 'max_position_embeddings 4096')).toMatch(/^write `schedule 4096 x 2` in `encoder/);
    expect(helpOf('decoder', 'max_new_tokens 64')).toMatch(/^write `target 64`: /);
    expect(helpOf('model', 'hidden_act gelu')).toMatch(/^write `ffn gelu`: /);
    expect(helpOf('encoder', 'layers 1 { attention full }')).toBe('write `layer 1 { … }`');
  });
});

/** A source with the word in each place. */
const PLACES: Readonly<Record<SynonymPlace, (word: string) => string>> = {
  attention: (word) => inside('encoder', `attention ${word}`),
  pool: (word) => inside('encoder', `pool ${word}`),
  scorer: (word) => inside('encoder', `pool soft_topk by ${word}`),
  positions: (word) => inside('encoder', `positions ${word}`),
  norm: (word) => inside('model', `norm post ${word}`),
  head: (word) => `model A {\n  decoder { }\n  head ${word}\n}\n`,
  word: (word) => inside('model', `share ${word}`),
  quantity: (word) => `model A { }\ncheck A {\n  ${word} <= 1G\n}\n`,
  argument: (word) => `model A { }\ncheck A {\n  macs(${word}: 8) <= 1G\n}\n`,
  unit: (word) => `model A { }\ncheck A {\n  macs <= 1${word}\n}\n`,
  item: (word) => `${word} A { }\n`,
};

/** Places in which each word belongs to only one of several fields, so that a test with one field would not fit all. */
const MIXED: readonly SynonymPlace[] = ['word', 'argument'];

describe.each(Object.keys(SYNONYMS) as SynonymPlace[])('words for: %s', (place) => {
  const words = SYNONYMS[place].flatMap((row) => row.words.split(' '));

  test('no word has two rows', () => {
    expect(words.filter((word, i) => words.indexOf(word) !== i)).toEqual([]);
  });

  test.each(MIXED.includes(place) ? [] : words)('%s', (word) => {
    const text = PLACES[place](word);
    const found = diagnose(text).filter(({ code }) =>
      ['D106', 'D110', 'D111', 'D112', 'D010'].includes(code),
    );
    for (const { help } of found) {
      expect(help).not.toMatch(/ (are|is one of|has): /);
      expect(help!.match(/`[^`]*`/g)?.length ?? 1).toBeLessThanOrEqual(3);
    }
  });
});

test('an unknown quantity without a similar name gets a few names, and the command that lists all', () => {
  const [{ help } = {}] = diagnose(PLACES.quantity('zzzz'));
  expect(help).toBe(
    'there are `parameters`, `macs`, `peak_memory`, `predicted_time` and others; `benben explain D110` lists them all',
  );
});
