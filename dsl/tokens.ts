/**
 * Splits a text into tokens: names, numbers and punctuation. Fields and kinds are plain names, so a new field or kind
 * needs no change here. Line ends are not tokens; `arrange` inserts a separator where a line end also ends a field.
 */
import type { IToken, TokenType } from 'chevrotain';
import { adviceAround } from './around.ts';
import { latinName, strange } from './characters.ts';
import { createToken, Lexer } from './chevrotain.ts';
import { type Diagnostic, MAX_SOURCE, type Outcome, type Source, type Span } from './diagnostics.ts';
import { decodeNumber } from './numbers.ts';
import { clip, problem } from './problem.ts';
import { SLIPS, SLIPS_FIRST, type Slip } from './slips.ts';

const LETTER = 'A-Za-z_\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u024F\\u0370-\\u1FFF\\u3040-\\uD7FF';

/** Letters outside a–z are read as part of a name and refused later, so that such a name is reported only once. */
export const Name = createToken({
  name: 'Name',
  label: 'a name',
  pattern: new RegExp(`[${LETTER}][${LETTER}0-9]*`),
});
const keyword = (word: string) =>
  createToken({ name: `Word_${word}`, label: `\`${word}\``, pattern: new RegExp(word), longer_alt: Name });
const symbol = (name: string, text: string, categories: TokenType[] = []) =>
  createToken({ name, label: `\`${text}\``, pattern: text, categories });
const category = (name: string, label: string) => createToken({ name, label, pattern: Lexer.NA });

export const Model = keyword('model');
export const Check = keyword('check');
export const Extends = keyword('extends');

/** A sequence of letters and digits that begins like a number. `decodeNumber` decides whether it is one. */
export const NumberToken = createToken({
  name: 'Number',
  label: 'a number',
  pattern: /(?:[0-9]|\.[0-9])(?:[eE][+-][0-9]|\.[0-9]|\w)*/,
});

export const Compare = category('Compare', 'a comparison');
export const Times = category('Times', '`*` or `/`');
export const Open = symbol('Open', '{');
export const Close = symbol('Close', '}');
export const LeftParen = symbol('LeftParen', '(');
export const RightParen = symbol('RightParen', ')');
export const Comma = symbol('Comma', ',');
export const Colon = symbol('Colon', ':');
export const Dot = symbol('Dot', '.');
export const Arrow = symbol('Arrow', '->');
export const Plus = symbol('Plus', '+');
export const Minus = symbol('Minus', '-');
const products = ['*', '/'].map((text, i) => symbol(`Times${i}`, text, [Times]));
const comparisons = ['<=', '>=', '==', '<', '>'].map((text, i) => symbol(`Compare${i}`, text, [Compare]));

/** A `;`, or the empty token that `arrange` inserts where a line ends a field. */
export const Separator = createToken({ name: 'Separator', label: 'the end of the field', pattern: ';' });

const Space = createToken({ name: 'Space', pattern: /[ \t\f\v\uFEFF]+/, group: Lexer.SKIPPED });
const LineEnd = createToken({
  name: 'LineEnd',
  pattern: /\r\n|\r|\n/,
  group: Lexer.SKIPPED,
  line_breaks: true,
});
const Comment = createToken({ name: 'Comment', pattern: /\/\/[^\r\n]*/, group: 'comments' });

const slips = SLIPS.map(({ pattern }, i) =>
  createToken({ name: `Slip${i}`, pattern, group: 'slips', line_breaks: true }),
);

/** All token types. The lexer tries them in this order, so longer symbols come first. */
export const VOCABULARY: TokenType[] = [
  ...[Space, LineEnd, Comment],
  ...slips.slice(0, SLIPS_FIRST),
  ...[Compare, Times, Arrow, ...comparisons],
  ...slips.slice(SLIPS_FIRST),
  ...[Model, Check, Extends, Name, NumberToken],
  ...[Open, Close, LeftParen, RightParen, Comma, Colon, Dot, Separator, Plus, Minus, ...products],
];

const lexer = new Lexer(VOCABULARY, {
  positionTracking: 'full',
  deferDefinitionErrorsHandling: false,
  skipValidations: true,
});

/** Whether a name contains letters outside a–z. The lexer has already reported such a name, so it is not looked up. */
export const isForeign = (name: string): boolean => /\W/.test(name);

export interface Tokens {
  readonly tokens: readonly IToken[];
  /** In source order, for the formatter; the parser does not get them. */
  readonly comments: readonly IToken[];
}

export const spanOf = (token: IToken): Span => ({
  start: token.startOffset,
  end: token.startOffset + token.image.length,
});

/** Splits a text into tokens. There is no value if the source is too large or is not text. */
export function tokenize(source: Source): Outcome<Tokens> {
  const { text } = source;
  const refused = refuse(text);
  if (refused) return { diagnostics: [refused] };
  const { tokens, groups, errors } = lexer.tokenize(text);
  const diagnostics: Diagnostic[] = [];
  for (const token of groups.slips ?? []) diagnostics.push(slipped(token, text));
  for (const { offset, length } of errors)
    diagnostics.push(strange(text, { start: offset, end: offset + length }));
  for (const token of tokens) {
    const spelling = misspelled(token);
    if (spelling) diagnostics.push(spelling);
  }
  return { value: { tokens, comments: groups.comments ?? [] }, diagnostics };
}

function refuse(text: string): Diagnostic | undefined {
  if (text.length > MAX_SOURCE) {
    const size = `${(text.length / MAX_SOURCE).toFixed(1)} MB`;
    return problem('D001', `the source is ${size} long; at most 1 MB is allowed`, [
      { span: { start: 0, end: 1 }, text: '' },
    ]);
  }
  const json = /^[\s\uFEFF]*[{[]\s*"/.exec(text);
  if (json) {
    const span = { start: json[0].length - 1, end: json[0].length };
    const help = 'write each field without quotes and commas: `model NAME { width 768; heads 12 }`';
    return problem('D010', 'this file is JSON, but a model is not', [{ span, text: '' }], help);
  }
  const nul = text.indexOf('\0');
  if (nul < 0) return undefined;
  return problem('D002', 'this file is not text: it contains a NUL character', [
    { span: { start: nul, end: nul + 1 }, text: 'the first NUL character' },
  ]);
}

function slipped(token: IToken, text: string): Diagnostic {
  const slip = SLIPS[slips.indexOf(token.tokenType)] as Slip;
  const comment = /^(#|\/\*|<!--)/.exec(token.image)?.[0];
  const end = token.startOffset + (comment ?? token.image).length;
  return problem(
    'D012',
    `${slip.what} is not part of the language`,
    [{ span: { start: token.startOffset, end }, text: '' }],
    (slip.around && adviceAround(text, token.startOffset, end, slip.around)) ?? slip.instead,
  );
}

function misspelled(token: IToken): Diagnostic | undefined {
  const label = { span: spanOf(token), text: '' };
  if (token.tokenType === NumberToken && !decodeNumber(token.image)) {
    return problem('D004', `\`${clip(token.image)}\` is not a number`, [label], howToSpell(token.image));
  }
  if (token.tokenType === Name && isForeign(token.image)) {
    return problem(
      'D003',
      `the name \`${clip(token.image)}\` has letters outside a–z`,
      [label],
      latinName(token.image),
    );
  }
  return undefined;
}

function howToSpell(image: string): string {
  const repeated = /^(\d+[kMG]?)x(\d+)$/i.exec(image);
  if (repeated) return `leave spaces around the x: \`${clip(`${repeated[1]} x ${repeated[2]}`)}\``;
  if (/^\d[\d_]*_$/.test(image)) return `write \`${clip(image.replace(/_+/g, '_').replace(/_$/, ''))}\``;
  if (image.startsWith('.')) return `write \`${clip(`0${image}`)}\``;
  return 'a number is written like `32_000`, `0.1` or `8k`: digits, optionally grouped with `_`, then a fraction or a unit';
}
