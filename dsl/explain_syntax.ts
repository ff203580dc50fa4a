/**
 * Turns chevrotain's errors into diagnostics that say what was expected, what was found and what to write. Tables
 * contain the wording for each grammar rule and for each kind of token that was found.
 */
import type { IParserErrorMessageProvider, IRecognitionException, IToken, TokenType } from 'chevrotain';
import { EOF } from './chevrotain.ts';
import type { Diagnostic, Span } from './diagnostics.ts';
import { clip, problem } from './problem.ts';
import { ARGUMENT, adviceOn } from './syntax_advice.ts';
import * as T from './tokens.ts';

/** A description of the input that each rule expects. It is used instead of the label of the expected token. */
const WANTED: Readonly<Record<string, string>> = {
  file: 'a model or a check',
  block: 'the end of the field',
  budgets: 'the end of the budget',
  element: 'a value',
  number: 'a number',
  argument: 'an argument',
  sum: 'a quantity or a number',
  product: 'a quantity or a number',
  signed: 'a quantity or a number',
};

/** Where `)` is missing, the message always says so. The text of the rule (such as "an argument") would not help. */
const wanted = (rule: string, token?: TokenType): string =>
  token === T.RightParen || token === T.Open
    ? token.LABEL!
    : (WANTED[rule] ?? token?.LABEL ?? 'something else');

/** Chevrotain's messages say only what was expected. `explainSyntax` has the tokens, and adds the rest. */
export const EXPECTATIONS: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, ruleName }) => wanted(ruleName, expected),
  buildNotAllInputParsedMessage: () => wanted('file'),
  buildNoViableAltMessage: ({ ruleName }) => wanted(ruleName),
  buildEarlyExitMessage: ({ ruleName }) => wanted(ruleName),
};

export function explainSyntax(error: IRecognitionException, tokens: readonly IToken[]): Diagnostic {
  const last = tokens.at(-1);
  const previous = tokens[tokens.indexOf(error.token) - 1] ?? before(error) ?? last ?? error.token;
  const span = placeOf(error.token, last);
  const found = describe(error.token, tokens);
  const rule = error.context.ruleStack.at(-1) ?? '';
  if (error.message === '`)`') {
    const open = openParen(tokens, error.token);
    const inside = INSIDE[rule];
    if (open && inside && closesLater(tokens, error.token)) {
      const message = `expected ${inside.wanted}, found ${found}`;
      return problem('D008', message, [{ span, text: '' }], inside.advice);
    }
    return problem('D009', 'this `(` is not closed', [
      { span: open ? T.spanOf(open) : span, text: 'opened here' },
      { span, text: '`)` expected here' },
    ]);
  }
  const help = adviceOn({
    found: error.token,
    previous,
    rule,
    tokens,
    place: tokens.indexOf(error.token),
    inCheck: error.context.ruleStack[1] === 'check',
  });
  const code = previous.tokenType === T.Comma ? 'D013' : 'D008';
  return problem(code, `expected ${error.message}, found ${found}`, [{ span, text: '' }], help);
}

/** Chevrotain sets this field on nearly every error but leaves it out of the type. */
const before = (error: IRecognitionException): IToken | undefined =>
  (error as IRecognitionException & { readonly previousToken?: IToken }).previousToken;

/** Names the found token. Tokens without text were inserted by `arrange` and are described by their position. */
function describe(token: IToken, tokens: readonly IToken[]): string {
  if (token.tokenType === EOF) return 'the end of the file';
  if (token.image === '') {
    const after = tokens.slice(tokens.indexOf(token));
    return after.some(({ image }) => image !== '') ? 'the end of the line' : 'the end of the file';
  }
  return `\`${clip(token.image)}\``;
}

function placeOf(token: IToken, last: IToken | undefined): Span {
  if (token.tokenType !== EOF) return T.spanOf(token);
  const end = last ? T.spanOf(last).end : 0;
  return { start: end, end };
}

/** For each rule with parentheses: the tokens that may come next inside a `(` that is closed later. */
const INSIDE: Readonly<Record<string, { readonly wanted: string; readonly advice: string }>> = {
  args: {
    wanted: '`,` or `)`',
    advice: ARGUMENT,
  },
  group: {
    wanted: 'an operator or `)`',
    advice: 'parentheses enclose part of one side of a comparison: `(macs + 1) / 2 <= 4G`',
  },
};

/** Whether the `(` that is open at `token` is closed in the same statement. */
function closesLater(tokens: readonly IToken[], token: IToken): boolean {
  let depth = 0;
  const from = tokens.indexOf(token);
  for (const { tokenType } of from < 0 ? [] : tokens.slice(from)) {
    if (tokenType === T.Separator || tokenType === T.Open || tokenType === T.Close) return false;
    if (tokenType === T.LeftParen) depth++;
    if (tokenType === T.RightParen && depth-- === 0) return true;
  }
  return false;
}

/** The innermost `(` that is still open before `token`. */
function openParen(tokens: readonly IToken[], token: IToken): IToken | undefined {
  const from = tokens.indexOf(token);
  let closed = 0;
  for (let i = (from < 0 ? tokens.length : from) - 1; i >= 0; i--) {
    const at = tokens[i]!;
    if (at.tokenType === T.RightParen) closed++;
    if (at.tokenType === T.LeftParen && closed-- === 0) return at;
    if (at.tokenType === T.Separator) return undefined;
  }
  return undefined;
}
