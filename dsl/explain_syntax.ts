/**
 * Chevrotain's complaints as diagnostics: what was expected, what stands there, and what to write.
 * Tables by grammar rule and by the token found; refuses to guess what the author meant.
 */
import type { IParserErrorMessageProvider, IRecognitionException, IToken, TokenType } from 'chevrotain';
import { EOF, tokenMatcher } from './chevrotain.ts';
import type { Diagnostic, Span } from './diagnostics.ts';
import { UNITS } from './numbers.ts';
import { clip, problem } from './problem.ts';
import * as T from './tokens.ts';

/** What each rule waits for, where its name says more than its tokens. */
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

/** Rules whose only mismatch is a missing `)`: the table above would hide it. */
const wanted = (rule: string, token?: TokenType): string =>
  token === T.RightParen ? '`)`' : (WANTED[rule] ?? token?.LABEL ?? 'something else');

/** The provider only says what was expected; the rest is added where the tokens are at hand. */
export const EXPECTATIONS: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, ruleName }) => wanted(ruleName, expected),
  buildNotAllInputParsedMessage: () => wanted('file'),
  buildNoViableAltMessage: ({ ruleName }) => wanted(ruleName),
  buildEarlyExitMessage: ({ ruleName }) => wanted(ruleName),
};

const is = (token: IToken, type: TokenType): boolean => tokenMatcher(token, type);

const ARGUMENT = 'an argument is one number or one word, nothing computed: `macs(length: 4k, batch: 8)`';

/** Advice by what was found, the first that fits. */
const ADVICE: readonly (readonly [(found: IToken, previous: IToken, rule: string) => boolean, string])[] = [
  [
    (_, p) => is(p, T.Comma),
    'a list that ends with a comma goes on: write the next value, or remove the comma',
  ],
  [
    (_, p) => is(p, T.Model) || is(p, T.Check),
    'a name is letters a–z, digits and `_`, beginning with a letter, and not `model`, `check` or `extends`',
  ],
  [(_, p) => is(p, T.Extends), 'write the name of the model to extend: `model Small extends Base { … }`'],
  [
    (f, p) => is(f, T.Name) && is(p, T.NumberToken) && UNITS.some(({ name }) => name === f.image),
    'a unit follows its number at once, without a space: `125M`, `8GB`',
  ],
  [(f) => is(f, T.Colon), 'a field and its value stand side by side, without a colon: `width 512`'],
  [
    (f, _, rule) => is(f, T.Compare) && rule === 'budgets',
    'a budget has one comparison, and an operator at the end of a line goes on in the next: is the line before complete?',
  ],
  [(f) => is(f, T.Compare), 'comparisons belong in a `check NAME { … }` block'],
  [(f) => is(f, T.RightParen), 'no `(` is open here: remove the `)`'],
  [(_, __, rule) => rule === 'argument', ARGUMENT],
  [(f) => is(f, T.LeftParen), 'arguments follow a kind at once: `attention block(512)`'],
  [
    (_, p) => is(p, T.Compare) || is(p, T.Times) || is(p, T.Plus) || is(p, T.Minus),
    'an operator needs something on both sides',
  ],
];

const DEFAULT_ADVICE: Readonly<Record<string, string>> = {
  budget: 'a budget compares two sides: `parameters <= 125M`',
  number: 'write digits after the sign',
  model: 'a model is `model NAME { … }` or `model NAME extends OTHER { … }`',
  check: 'a check is `check NAME { … }`',
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
  const help = ADVICE.find(([fits]) => fits(error.token, previous, rule))?.[1] ?? DEFAULT_ADVICE[rule];
  const code = is(previous, T.Comma) ? 'D013' : 'D008';
  return problem(code, `expected ${error.message}, found ${found}`, [{ span, text: '' }], help);
}

/** Chevrotain keeps the token before on every error but one, and types it on none. */
const before = (error: IRecognitionException): IToken | undefined =>
  (error as IRecognitionException & { readonly previousToken?: IToken }).previousToken;

/** Never names a brace or separator that an earlier stage put in: the author cannot see it. */
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

/** What may follow in a `(` that is closed further on, by the rule that it belongs to. */
const INSIDE: Readonly<Record<string, { readonly wanted: string; readonly advice: string }>> = {
  args: {
    wanted: '`,` or `)`',
    advice: ARGUMENT,
  },
  group: {
    wanted: 'an operator or `)`',
    advice: 'parentheses group a part of one side of a comparison: `(macs + 1) / 2 <= 4G`',
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
