/** Notations of other languages that the lexer recognises, removes and reports, so that the rest can be read. */
import { type Advice, HERE } from './around.ts';
import { FIELD_NAMES } from './fields.ts';
import { QUANTITIES } from './quantities.ts';

export interface Slip {
  readonly what: string;
  readonly pattern: RegExp;
  /** Advice for lines in which more is known. */
  readonly around?: readonly Advice[];
  readonly instead: string;
}

const line = (pattern: RegExp): RegExp => new RegExp(pattern.source.replaceAll('@', HERE), pattern.flags);

/** The quantities whose names are not fields, so that a line with one is a budget. */
const BUDGETED = Object.keys(QUANTITIES).filter((name) => !FIELD_NAMES.includes(name));

/** In each pattern, `@` stands for the symbol. */
const EQUALS: readonly Advice[] = [
  [line(/^\s*(model|check)\s+(\w+)\s*@/), 'write `$1 $2 { … }`'],
  [line(/^\s*(\w+)\s*@\s*model\b/), 'write `model $1 { … }`'],
  [line(/\([^()]*?(\w+)\s*@\s*(\w+)[^()]*\)?/), 'an argument has a colon after its name: `$1: $2`'],
  [line(/^\s*(encoder|decoder)\s*:?@/), 'write `$1 { … }`'],
  [line(new RegExp(`^\\s*(${BUDGETED.join('|')})\\s*@\\s*(\\w+)`)), 'write a comparison: `$1 <= $2`'],
  [line(/^\s*(\w+)\s*@\s*([\d._]+(?:[MGTPB]|[KMGTP]B|us|ms|s)\b)/), 'write a comparison: `$1 <= $2`'],
  [line(/^\s*(\w+)\s*(?:[<>=!]=?)\s*@\s*([\w.]+)/), 'write the comparison as one symbol: `$1 <= $2`'],
  [
    line(/^\s*(\w+)\s*:?@\s*["'[(]?\s*([\w.]+(?:\s*,\s*\w+)*)\s*["'\])]?[,;]?\s*$/),
    // Another name is reported too, with the name and the value to write.
    ([, name, value]) =>
      FIELD_NAMES.includes(name!)
        ? `write a field and its value side by side: \`${name} ${value}\`; a budget compares with \`<=\` or \`==\``
        : undefined,
  ],
];

const QUOTES: readonly Advice[] = [
  [line(/(\d+)@(\d*)/), 'write the digits of a number without quotes, grouped with `_`: `32_000`'],
  [line(/^\s*(model|check|extends)\s+@/), 'write the name without quotes'],
  [line(/^\s*(\w+)\s*[:=]?\s*@/), 'write the value without quotes, after the name: `$1 …`'],
  [line(/^\s*@\s*:?/), 'write the name of the field without quotes and without a colon: `width 768`'],
];

const LENGTHS: readonly Advice[] = [
  [line(/(\d\w*)\s*@\s*(\d+)/), 'a repeated length is written with the letter x between spaces: `$1 x $2`'],
];

const COMMENT = 'a comment begins with `//`';

/** The lexer tries them in this order. */
export const SLIPS: readonly Slip[] = [
  { pattern: /<!--[^\r\n]*/, what: '`<!--`', instead: COMMENT },
  { pattern: /→|=>|-->|⇒|⟶|➔|➜|↦/, what: 'this arrow', instead: 'write `->` before the memory length' },
  {
    pattern: /[×✕✖⨯]/,
    what: 'this multiplication sign',
    around: LENGTHS,
    instead: 'a repeated length is written with the letter x: `512 x 3`',
  },
  { pattern: /≤|=</, what: 'this comparison', instead: 'write `<=`' },
  { pattern: /≥/, what: 'this comparison', instead: 'write `>=`' },
  {
    pattern: /!=|<>|≠/,
    what: 'this comparison',
    instead: 'a budget compares with `<=`, `<`, `>=`, `>` or `==`',
  },
  {
    pattern: /=/,
    what: '`=`',
    around: EQUALS,
    instead: 'write a field and its value side by side: `width 512`; a budget compares with `==`',
  },
  { pattern: /#[^\r\n]*/, what: '`#`', instead: COMMENT },
  {
    pattern: /\/\*(?:[\s\S]*?\*\/|[\s\S]*)/,
    what: '`/*`',
    instead: 'a comment begins with `//` and ends with its line',
  },
  {
    pattern:
      /"[^"\r\n]*"|"[^"\r\n{}]*|'[^'\r\n]*'|'[^'\r\n{}]*|[“”„«][^“”„«»\r\n]*[“”»]?|[‘’‚][^‘’‚\r\n]*[‘’]?/,
    what: 'a quoted text',
    around: QUOTES,
    instead: 'write names and words without quotes',
  },
];

/** How many of the slips come before the symbols of the language, because they begin with the same character. */
export const SLIPS_FIRST = 6;
