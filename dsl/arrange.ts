/**
 * The stage between lexer and parser. It repairs braces, corrects misspelled `model` and `check`, and inserts
 * separators where a line ends a field. In its output every field follows a separator, so that the parser recovers from
 * a mistake at the next field.
 */
import type { IToken, TokenType } from 'chevrotain';
import { balance, isItemStart, opensBlock, virtual } from './balance.ts';
import { createTokenInstance, tokenMatcher } from './chevrotain.ts';
import type { Diagnostic, Outcome } from './diagnostics.ts';
import { FIELD_SYNONYMS } from './field_synonyms.ts';
import { FIELD_NAMES, SCOPES } from './fields.ts';
import { clip, problem } from './problem.ts';
import { hasWord, helpFor, suggest, synonymOf } from './suggest.ts';
import { adviceOn } from './syntax_advice.ts';
import * as T from './tokens.ts';

/**
 * The limits of nested parentheses and of operators in one budget. They bound the depth of every recursion over
 * expressions.
 */
const MAX_PARENS = 32;
const MAX_OPERATORS = 256;

export interface Arranged {
  readonly tokens: readonly IToken[];
  /** Names of items that could not be read. A reference to one is not reported again. */
  readonly lost: readonly string[];
}

export function arrange(tokens: readonly IToken[]): Outcome<Arranged> {
  const colons: Diagnostic[] = [];
  const balanced = balance(withoutColons(namesApart(tokens), colons));
  const diagnostics = [...balanced.diagnostics];
  if (!balanced.value) return { diagnostics };
  const lost: string[] = [];
  const items = readItems(balanced.value, lost, diagnostics);
  const separated = separate(items);
  diagnostics.push(...colons);
  if ('code' in separated) return { diagnostics: [...diagnostics, separated] };
  return { value: { tokens: separated, lost }, diagnostics };
}

const WORDS: readonly TokenType[] = [T.Model, T.Check, T.Extends];

/**
 * In `macs(model: A)` and `model.macs` the word `model` does not begin an item, so it is read as a name. A later stage
 * reports that name as unknown.
 */
function namesApart(tokens: readonly IToken[]): readonly IToken[] {
  let parens = 0;
  return tokens.map((token, i) => {
    const [previous, next] = [tokens[i - 1], tokens[i + 1]];
    if (is(token, [T.Open, T.Close, T.Separator])) parens = 0;
    if (is(token, [T.LeftParen])) parens++;
    if (is(token, [T.RightParen])) parens--;
    if (!is(token, WORDS)) return token;
    const argument = parens > 0 && is(previous, [T.LeftParen, T.Comma, T.Colon]);
    // A missing `)` before this line must not turn the beginning of a model into an argument.
    const goesOn = previous?.endLine === token.startLine || is(next, [T.Colon]);
    return is(next, [T.Dot]) || is(previous, [T.Dot]) || (argument && goesOn)
      ? retyped(token, T.Name)
      : token;
  });
}

/**
 * Removes and reports each `:` between the name of a field and what follows it, as in `width: 768`, so that the rest can
 * be read. A `:` inside parentheses belongs to an argument. After `encoder:` at the end of a line, the missing `{` is
 * reported instead.
 */
function withoutColons(tokens: readonly IToken[], diagnostics: Diagnostic[]): readonly IToken[] {
  let [depth, parens, inCheck] = [0, 0, false];
  return tokens.filter((token, place) => {
    if (is(token, [T.Open, T.Close, T.Separator])) parens = 0;
    if (is(token, [T.LeftParen])) parens++;
    if (is(token, [T.RightParen])) parens--;
    if (is(token, [T.Open])) depth++;
    if (is(token, [T.Close])) depth--;
    if (isItemStart(token)) inCheck = is(token, [T.Check]);
    if (!is(token, [T.Colon]) || parens > 0) return true;
    const next = tokens[place + 1];
    const endsLine = next === undefined || next.startLine !== token.endLine;
    if (endsLine && opensBlock(tokens, place)) return false;
    // The grammar reports a colon in a budget, and one before more of a header, as in `model A: Base`.
    if (!endsLine && !is(next, [T.Open]) && (depth === 0 || inCheck)) return true;
    const previous = tokens[place - 1] ?? token;
    const help = adviceOn({ found: token, previous, rule: 'block', tokens, place, inCheck: false });
    diagnostics.push(
      problem('D008', 'a `:` has no meaning here', [{ span: T.spanOf(token), text: '' }], help),
    );
    return false;
  });
}

const ITEMS: Readonly<Record<string, TokenType>> = { model: T.Model, check: T.Check };

/** Keeps the items, and reports each sequence of other tokens at the top level once. */
function readItems(tokens: readonly IToken[], lost: string[], diagnostics: Diagnostic[]): IToken[] {
  const out: IToken[] = [];
  const keep = (from: number, to: number) => {
    for (let i = from; i < to; i++) out.push(tokens[i]!);
  };
  for (let i = 0; i < tokens.length; ) {
    const token = tokens[i]!;
    const end = itemEnd(tokens, i);
    if (isItemStart(token)) {
      keep(i, end);
    } else if (token.tokenType !== T.Separator) {
      const named = tokens[i + 1]?.tokenType === T.Name && tokens[i + 2]?.tokenType === T.Open;
      const meant =
        suggest(token.image, Object.keys(ITEMS)) ??
        (named ? synonymOf(token.image, 'item')?.means : undefined);
      const known = meant === undefined ? undefined : ITEMS[meant];
      diagnostics.push(notAnItem(token));
      if (known) {
        out.push(retyped(token, known));
        keep(i + 1, end);
      } else if (tokens[i + 1]?.tokenType === T.Name) {
        lost.push(tokens[i + 1]!.image);
      }
    }
    i = end;
  }
  return out;
}

/** The index after the block of the item at `i`. If the item has no block, the index of the next item. */
function itemEnd(tokens: readonly IToken[], i: number): number {
  if (tokens[i]!.tokenType === T.Separator) return i + 1;
  let depth = 0;
  for (let j = i; j < tokens.length; j++) {
    const { tokenType } = tokens[j]!;
    if (depth === 0 && j > i && isItemStart(tokens[j])) return j;
    if (tokenType === T.Open) depth++;
    if (tokenType === T.Close && --depth === 0) return j + 1;
  }
  return tokens.length;
}

const ITEM_NAMES = { names: Object.keys(ITEMS), listed: '', place: 'item' } as const;

function notAnItem(token: IToken): Diagnostic {
  const { image } = token;
  const row = FIELD_SYNONYMS.find(({ words, write }) => write && hasWord(words, image));
  const known = FIELD_NAMES.includes(image) || SCOPES.model.blocks.some((name) => name === image);
  const written = known ? `${clip(image)} …` : row?.write?.replace(/[<>]/g, '');
  const block = row?.home && row.home !== 'model' ? row.home : undefined;
  const field =
    written &&
    `\`${clip(image)}\` belongs in a model: \`model NAME { ${block ? `${block} { ${written} }` : written} }\``;
  const help =
    synonymOf(image, 'item') || suggest(image, ITEM_NAMES.names) ? helpFor(image, ITEM_NAMES) : field;
  return problem(
    'D010',
    `a file contains only models and checks, but \`${clip(image)}\` begins neither`,
    [{ span: T.spanOf(token), text: '' }],
    help || undefined,
  );
}

function retyped(token: IToken, type: TokenType): IToken {
  const { image, startOffset, endOffset, startLine, endLine, startColumn, endColumn } = token;
  const [e, sl, el, sc, ec] = [
    endOffset ?? 0,
    startLine ?? 1,
    endLine ?? 1,
    startColumn ?? 1,
    endColumn ?? 1,
  ];
  return createTokenInstance(type, image, startOffset, e, sl, el, sc, ec);
}

const OPERATORS: readonly TokenType[] = [T.Compare, T.Times, T.Plus, T.Minus];
const OPERAND_START: readonly TokenType[] = [T.Name, T.NumberToken, T.LeftParen, T.Minus];
const is = (token: IToken | undefined, types: readonly TokenType[]): boolean =>
  token !== undefined && types.some((type) => tokenMatcher(token, type));

/**
 * Whether a field continues on the next line. It does after a comma, an operator, `->` or `(`, if the next line begins
 * with a suitable token. It always does if the next line begins with `->`, `{`, or the `)` of an open `(`.
 */
function continues(previous: IToken, next: IToken, after: IToken | undefined, parens: number): boolean {
  if (is(next, [T.Arrow, T.Open])) return true;
  if (parens > 0 && is(next, [T.RightParen])) return true;
  if (is(previous, [T.Comma]) && parens > 0) {
    return is(next, [T.NumberToken, T.Minus]) || (is(next, [T.Name]) && is(after, [T.Colon]));
  }
  if (is(previous, [T.Comma, T.Arrow])) return is(next, [T.NumberToken]);
  return is(previous, [...OPERATORS, T.LeftParen]) && is(next, OPERAND_START);
}

function separate(tokens: readonly IToken[]): IToken[] | Diagnostic {
  const out: IToken[] = [];
  let [depth, parens, operators] = [0, 0, 0];
  for (const [i, token] of tokens.entries()) {
    const previous = tokens[i - 1];
    const last = out.at(-1);
    if (depth > 0 && last && previous && !is(last, [T.Separator]) && !is(token, [T.Separator, T.Close])) {
      const blockEdge = is(previous, [T.Open, T.Close]);
      const newLine = previous.endLine !== token.startLine;
      if (blockEdge || (newLine && !continues(previous, token, tokens[i + 1], parens))) {
        out.push(virtual(T.Separator, previous));
        [parens, operators] = [0, 0];
      }
    }
    if (is(token, [T.Open])) depth++;
    if (is(token, [T.Close])) depth--;
    if (is(token, [T.LeftParen]) && ++parens > MAX_PARENS)
      return tooDeep(token, 'parentheses are nested too deeply', 'remove the surplus parentheses');
    if (is(token, [T.RightParen])) parens--;
    if (is(token, OPERATORS) && ++operators > MAX_OPERATORS)
      return tooDeep(token, 'this expression is too long', 'split the expression into two budgets');
    if (is(token, [T.Separator])) {
      [parens, operators] = [0, 0];
      if (depth === 0 || is(last, [T.Separator])) continue;
    }
    out.push(token);
  }
  return out;
}

function tooDeep(token: IToken, message: string, help: string): Diagnostic {
  return problem('D011', message, [{ span: T.spanOf(token), text: 'the limit is reached here' }], help);
}
