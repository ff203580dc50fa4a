/** Diagnostics of characters that have no meaning, with what to write instead. */
import { type Advice, adviceAround, HERE } from './around.ts';
import type { Diagnostic, Span } from './diagnostics.ts';
import { clip, problem } from './problem.ts';

interface Row {
  readonly what: string;
  readonly characters: RegExp;
  readonly around?: readonly Advice[];
  readonly instead: string;
}

const line = (pattern: RegExp): RegExp => new RegExp(pattern.source.replaceAll('@', HERE), pattern.flags);

const PERCENT: readonly Advice[] = [
  [line(/^\s*@/), 'a comment begins with `//`'],
  [
    line(/(\w+)\s+(\d+(?:\.\d+)?)\s*@/),
    ([, name, number]) => `write the fraction as a number: \`${name} ${percent(number!)}\``,
  ],
  [
    line(/(\d+(?:\.\d+)?)\s*@/),
    ([, number]) => `write a fraction of a quantity: \`${percent(number!)} * parameters\``,
  ],
];

/** `10` percent is `0.1`. */
const percent = (number: string): number => Number((Number(number) / 100).toPrecision(12));

const BRACKETS: readonly Advice[] = [
  [line(/^\s*@\s*(model|check)/), 'write `$1 NAME { … }`'],
  [line(/^\s*(model|check)\s+(\w+)\s*@/), 'a block is written in braces: `$1 $2 { … }`'],
  [line(/^\s*layer\s*@\s*(\d+)/), 'write `layer $1 { … }`'],
  [line(/^\s*schedule\s*@\s*([^\]]*[^\]\s])/), 'write the lengths without brackets: `schedule $1`'],
  [line(/(\w+)\s*@\s*([\w.]+)/), 'arguments are written in parentheses: `$1($2)`'],
];

const DASHES: readonly Advice[] = [
  [line(/@>/), 'write `->` before the memory length'],
  [line(/(\w+)@(\w+)/), 'a name contains no dash: `$1_$2`'],
];

/** The first row whose characters contain the first strange character is used. */
const ROWS: readonly Row[] = [
  {
    what: 'the unusual space',
    characters: /[\s\u00A0\u3000]/u,
    instead: 'replace it with a normal space; it was perhaps copied from a web page',
  },
  {
    what: 'the invisible character',
    characters: /[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064]/u,
    instead: 'delete it; it was perhaps copied from a web page',
  },
  { what: 'the character', characters: /%/, around: PERCENT, instead: 'write a fraction, such as `0.1`' },
  {
    what: 'the character',
    characters: /[[\]]/,
    around: BRACKETS,
    instead: 'the language has no brackets: write lists and blocks without them',
  },
  { what: 'the character', characters: /[&|]/, instead: 'write each budget on its own line' },
  { what: 'the character', characters: /\^/, instead: 'powers are not computed: write the number' },
  {
    what: 'the character',
    characters: /`/,
    instead: 'remove the backticks: a file contains only models and checks',
  },
  {
    what: 'the dash',
    characters: /[\u2010-\u2015\u2212]/,
    around: DASHES,
    instead: 'remove it, or write `-`',
  },
  { what: 'the character', characters: /…/, instead: 'write every length: `schedule 8k, 2k, 512`' },
];

/** Reports a sequence of characters that begin no token. */
export function strange(text: string, span: Span): Diagnostic {
  const first = String.fromCodePoint(text.codePointAt(span.start) ?? 0);
  const row = ROWS.find(({ characters }) => characters.test(first));
  const number = `U+${first.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
  const shown = row?.what === 'the invisible character' ? number : `\`${first}\` (${number})`;
  const all = text.slice(span.start, span.end);
  const narrow = all.normalize('NFKC');
  const help = row
    ? ((row.around && adviceAround(text, span.start, span.end, row.around)) ?? row.instead)
    : /^[!-~]+$/.test(narrow)
      ? `write it with ordinary characters: \`${clip(narrow)}\``
      : undefined;
  return problem(
    'D003',
    `${row?.what ?? 'the character'} ${shown} has no meaning here`,
    [{ span, text: '' }],
    help,
  );
}

/** Letters of Greek and Cyrillic that look like Latin ones, and the Latin letters in the same order. */
const ALIKE = 'АВЕКМНОРСТУХаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορτυχικ';
const LATIN = 'ABEKMHOPCTYXaeopcyxijsABEZHIKMNOPTYXavoptuxik';

/** Says how a name with letters outside a–z is written: `Modèle` as `Modele`. */
export function latinName(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '');
  const latin = [...plain].map((letter) => LATIN[ALIKE.indexOf(letter)] ?? letter).join('');
  const rule = 'names consist of the letters a–z and A–Z, digits and `_`';
  return /^\w+$/.test(latin) ? `${rule}: write \`${clip(latin)}\`` : rule;
}
