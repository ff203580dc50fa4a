/**
 * The stage between lexer and parser. It repairs braces, corrects misspelled `model` and `check`, and inserts
 * separators where a line ends a field. In its output every field follows a separator, so that the parser recovers from
 * a mistake at the next field.
 */
import type { IToken, TokenType } from 'chevrotain';
import { balance, isItemStart, virtual } from './balance.ts';
import { createTokenInstance, tokenMatcher } from './chevrotain.ts';
import type { Diagnostic, Outcome } from './diagnostics.ts';
import { clip, problem } from './problem.ts';
import { suggest } from './suggest.ts';
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
  const balanced = balance(namesApart(tokens));
  if (!balanced.value) return { diagnostics: balanced.diagnostics };
  const diagnostics = [...balanced.diagnostics];
  const lost: string[] = [];
  const items = readItems(balanced.value, lost, diagnostics);
  const separated = separate(items);
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
    return is(next, [T.Dot]) || (argument && goesOn) ? retyped(token, T.Name) : token;
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
      const meant = suggest(token.image, Object.keys(ITEMS));
      const known = meant === undefined ? undefined : ITEMS[meant];
      diagnostics.push(notAnItem(token, meant));
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

function notAnItem(token: IToken, meant: string | undefined): Diagnostic {
  const label = { span: T.spanOf(token), text: '' };
  const help = meant === undefined ? undefined : `did you mean \`${meant}\`?`;
  return problem(
    'D010',
    `a file contains only models and checks, but \`${clip(token.image)}\` begins neither`,
    [label],
    help,
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
