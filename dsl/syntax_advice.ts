/**
 * Says what to write where the grammar expected something else. The tables look at the statement with the mistake, so
 * that the advice shows the author's own names and numbers.
 */
import type { IToken, TokenType } from 'chevrotain';
import { type Advice, adviceFor, HERE } from './around.ts';
import { tokenMatcher } from './chevrotain.ts';
import { FIELD_NAMES } from './fields.ts';
import { decodeNumber, group, spell, UNITS } from './numbers.ts';
import { clip } from './problem.ts';
import { synonymOf } from './suggest.ts';
import * as T from './tokens.ts';

export interface Mistake {
  readonly found: IToken;
  readonly previous: IToken;
  /** The rule of the grammar that failed. */
  readonly rule: string;
  readonly tokens: readonly IToken[];
  /** The index of the found token in `tokens`; -1 for the end of the file. */
  readonly place: number;
  readonly inCheck: boolean;
}

const is = (token: IToken | undefined, type: TokenType): boolean =>
  token !== undefined && tokenMatcher(token, type);

export const ARGUMENT =
  'an argument is one number or one word, not an expression: `macs(length: 4k, batch: 8)`';
const A_NAME =
  'a name consists of letters a–z, digits and `_`, does not begin with a digit, and is not `model`, `check` or `extends`';
const ONE_COMPARISON =
  'a budget has one comparison, and a line that ends with an operator continues on the next line: check that the line before is complete';

const at = (pattern: RegExp): RegExp => new RegExp(pattern.source.replaceAll('@', HERE), pattern.flags);

/** Advice for the header of a model or a check. In the patterns, `@` stands before the token that was found. */
const HEADERS: readonly Advice[] = [
  [at(/^(model|check) @\{/), 'write a name after `$1`: `$1 Small { … }`'],
  [at(/^(model|check) @: (\w+)/), 'write `$1 $2 { … }`'],
  [at(/^(model|check) @(\d\w*)/), 'a name does not begin with a digit: write `$1 Model$2 { … }`'],
  [at(/^(?:model|check) @/), A_NAME],
  [at(/^model (\w+) extends (\w+) @,/), 'a model extends one other model: `model $1 extends $2 { … }`'],
  [at(/ extends @/), 'write the name of the model to extend: `model Small extends Base { … }`'],
  [
    at(/^model (\w+) @(?:\( (\w+) \)|[:<] (\w+)|(?:extend|extending|inherits|inherit|from|is|of) (\w+))/i),
    ([, name, a, b, c]) => `write \`model ${name} extends ${a || b || c} { … }\``,
  ],
  [at(/^(model|check) (\w+) @[:([]/), 'a block is written in braces: `$1 $2 { … }`'],
  [
    at(/^(model|check) (\w+(?: @?[-.] \w+)+)/),
    ([, item, name]) =>
      `a name has no \`-\` and no dot: write \`${item} ${name!.replace(/\W+/g, '_')} { … }\``,
  ],
  [at(/^(model|check) (\w+) @(\w+)/), 'a name is one word, and its block follows: `$1 $2_$3 { … }`'],
];

/** Advice for a field. */
const FIELDS: readonly Advice[] = [
  [
    at(/^schedule .*-> \w+ @->/),
    '`->` is written once, before the length of the memory: `schedule 8k, 2k -> 512`',
  ],
  [at(/^schedule .*@[<>]/), 'write `->` before the length of the memory: `schedule 8k, 2k -> 512`'],
  [at(/^schedule .*@\./), 'write every length: `schedule 8k, 2k, 512`'],
  [at(/^schedule .*?(\w+) @\* (\w+)/), 'a repeated length is written with the letter x: `$1 x $2`'],
  [at(/(?:^| )(\d\w*) @([*/]) (\d\w*)/), ([, a, op, b]) => computed(a!, op!, b!)],
  [at(/@[*/+]/), 'a field has a number, not a calculation: write the result'],
  [at(/^(encoder|decoder) @[:(]/), 'write `$1 { … }`'],
  [at(/^layer @\( (\d+)/), 'write `layer $1 { … }`'],
  [at(/^layer (\d+) @:/), 'write `layer $1 { … }`'],
  [at(/ by @:/), 'write the scorer after `by`, without a colon: `pool soft_topk by linear`'],
  [
    at(/^(\w+) @: (-?\w[\w.]*(?: , \w+)*)/),
    ([, field, value]) =>
      FIELD_NAMES.includes(field!)
        ? `write a field and its value side by side, without a colon: \`${field} ${listed(field!, value!)}\``
        : undefined,
  ],
  [at(/^(\w+) @\( (\w+(?: , \w+)*)/), ([, field, value]) => withParens(field!, value!)],
  [at(/^(?:self|this|model|config|args) @\. (\w+)/), 'write the name of the field alone: `$1 …`'],
  [at(/(\w+) - @?(\w+)/), 'a name has no `-`: write `$1_$2`'],
  [at(/(\w+) @- (\w+)/), 'a name has no `-`: write `$1_$2`'],
  [at(/^@- -/), 'a comment begins with `//`'],
  [at(/^@-(?: |$)/), 'a field begins with its name, without a dash before it: `attention full`'],
  [at(/^@extends (\w+)/), '`extends` follows the name of the model: `model NAME extends $1 { … }`'],
  [
    at(/^@(\d\w*)/),
    'a field begins with its name; the lengths of a list have commas between them: `schedule 8k, 2k`',
  ],
];

/** Advice for a budget. */
const BUDGETS: readonly Advice[] = [
  [at(/^(.+? (?:<=|<|>=|>) [\w.]+) @(?:and|or|, [a-z])/), 'write each budget on its own line: `$1`'],
  [at(/ (\d{1,3}(?: , \d{3})*) @, (\d{3}(?: , \d{3})*)/), ([, a, b]) => digits(`${a} , ${b}`)],
  [at(/^(\w+) @: (\w+)$/), 'a budget is a comparison: `$1 <= $2`'],
  [at(/^(\w+) @(\d\w*)$/), 'a budget is a comparison: `$1 <= $2`'],
  [at(/^\w+ @(?:between|from|in) /), 'write two budgets, one for each bound'],
  [
    at(/^(?:assert|max|min|maximum|limit|require) @(\w+)/),
    'a budget begins with what it measures: `$1 <= 125M`',
  ],
  [at(/\* @\*/), 'powers are not computed: write the number'],
  [at(/ (\d[\d._]*) @([A-Za-z]+)/), ([, number, unit]) => joined(number!, unit!)],
  [at(/^(\d\w*) <=? (\w+) @<=? (\w+)/), 'write two budgets: `$2 >= $1` and `$2 <= $3`'],
];

/** Only `schedule` has commas between its values. */
const listed = (field: string, values: string): string =>
  values.replaceAll(' ,', field === 'schedule' ? ',' : '');

const digits = (number: string): string => `group digits with \`_\`: \`${number.replaceAll(' , ', '_')}\``;

/** `8k / 4` is `2k`. */
function computed(a: string, op: string, b: string): string {
  const [x, y] = [a, b].map((text) => {
    const read = decodeNumber(text);
    const factor = UNITS.find(({ name }) => name === read?.unit)?.factor ?? (read?.unit === '' ? 1 : NaN);
    return (read?.value ?? NaN) * factor;
  }) as [number, number];
  const result = op === '*' ? x * y : x / y;
  const rule = 'a field has a number, not a calculation: write';
  return Number.isSafeInteger(result)
    ? `${rule} \`${/k/.test(a + b) ? spell(result) : group(result)}\``
    : `${rule} the result`;
}

function withParens(name: string, value: string): string {
  return FIELD_NAMES.includes(name)
    ? `write the value of a field without parentheses: \`${name} ${listed(name, value)}\``
    : `arguments in parentheses follow the name of a kind: \`attention block(512)\``;
}

function joined(number: string, unit: string): string | undefined {
  const name = UNITS.find((one) => one.name === unit)?.name ?? synonymOf(unit, 'unit')?.means?.split(' ')[0];
  return name && `a unit follows its number without a space: \`${number}${name}\``;
}

/** The advice for each kind of found token, where the tables have none. The first row that fits is used. */
const ADVICE: readonly (readonly [(mistake: Mistake) => boolean, string])[] = [
  [
    ({ previous }) => is(previous, T.Comma),
    'a list continues after a comma: write the next value, or remove the comma',
  ],
  [
    ({ found, previous }) =>
      is(found, T.Name) && is(previous, T.NumberToken) && UNITS.some(({ name }) => name === found.image),
    'a unit follows its number without a space: `125M`, `8GB`',
  ],
  [
    ({ found }) => is(found, T.Colon),
    'write a field and its value side by side, without a colon: `width 512`',
  ],
  [({ found, rule }) => is(found, T.Compare) && rule === 'budgets', ONE_COMPARISON],
  [({ found }) => is(found, T.Compare), 'comparisons belong in a `check NAME { … }` block'],
  [({ found }) => is(found, T.RightParen), 'this `)` has no `(`: remove it'],
  [({ rule }) => rule === 'argument', ARGUMENT],
  [
    ({ found }) => is(found, T.LeftParen),
    'arguments in parentheses follow the name of a kind: `attention block(512)`',
  ],
  [
    ({ previous }) =>
      is(previous, T.Compare) || is(previous, T.Times) || is(previous, T.Plus) || is(previous, T.Minus),
    'an operator needs an operand on both sides',
  ],
];

const DEFAULT_ADVICE: Readonly<Record<string, string>> = {
  budget: 'a budget compares two sides: `parameters <= 125M`',
  number: 'write digits after the sign',
  model: 'a model is written `model NAME { … }` or `model NAME extends OTHER { … }`',
  check: 'a check is written `check NAME { … }`',
};

export function adviceOn(mistake: Mistake): string | undefined {
  const { line, header } = statementOf(mistake);
  const table = header ? HEADERS : mistake.inCheck ? BUDGETS : FIELDS;
  const general = ADVICE.find(([fits]) => fits(mistake))?.[1];
  const list = is(mistake.previous, T.Comma) ? general : undefined;
  return list ?? adviceFor(line, table) ?? general ?? DEFAULT_ADVICE[mistake.rule];
}

/** How many tokens of a statement are looked at on each side of the mistake. */
const REACH = 24;

const ends = (token: IToken | undefined): boolean =>
  token === undefined || [T.Separator, T.Open, T.Close].some((type) => token.tokenType === type);
const startsItem = (token: IToken): boolean => token.tokenType === T.Model || token.tokenType === T.Check;

/** The line with the mistake as words with single spaces, and `HERE` before the token that was found. */
function statementOf({ found, tokens, place }: Mistake): { readonly line: string; readonly header: boolean } {
  if (place < 0) return { line: '', header: false };
  const goesOn = (a: IToken, b: IToken): boolean => a.endLine === b.startLine || a.tokenType === T.Comma;
  let start = place;
  while (start > 0 && place - start < REACH && !ends(tokens[start - 1])) {
    if (!goesOn(tokens[start - 1]!, tokens[start]!) || (start < place && startsItem(tokens[start]!))) break;
    start--;
  }
  let end = place + 1;
  if (!ends(found) || is(found, T.Open)) {
    while (end - place < REACH && !ends(tokens[end]) && goesOn(tokens[end - 1]!, tokens[end]!)) end++;
  }
  const words = tokens
    .slice(start, end)
    .map(({ image }, i) => (start + i === place ? HERE : '') + clip(image));
  return { line: words.join(' '), header: start < place && startsItem(tokens[start]!) };
}
