/**
 * Repairs braces before parsing. A missing or surplus brace is located by indentation, reported once and corrected. So
 * the parser gets balanced blocks, and reads the text after the mistake as the author intended. A text with balanced
 * braces is not changed, even if its indentation is wrong.
 */
import type { IToken, TokenType } from 'chevrotain';
import { createTokenInstance } from './chevrotain.ts';
import type { Diagnostic, Outcome } from './diagnostics.ts';
import { clip, problem } from './problem.ts';
import { Check, Close, Extends, Model, Name, NumberToken, Open, spanOf } from './tokens.ts';

/** The limit of nested blocks. A model needs at most three levels. */
const MAX_DEPTH = 16;

/** Words that need a block, and the tokens that may come between the word and its `{`. */
const HEADERS: readonly (readonly [RegExp, readonly TokenType[]])[] = [
  [/^(encoder|decoder)$/, []],
  [/^layer$/, [NumberToken]],
  [/^model$/, [Name, Extends, Name]],
  [/^check$/, [Name]],
];

export const isItemStart = (token: IToken | undefined): boolean =>
  token?.tokenType === Model || token?.tokenType === Check;

/** Creates a token without text, at the position where the token `after` ends. */
export function virtual(type: TokenType, after: IToken | undefined): IToken {
  const offset = after ? spanOf(after).end : 0;
  const [line, column] = after ? [after.endLine ?? 1, (after.endColumn ?? 0) + 1] : [1, 1];
  return createTokenInstance(type, '', offset, offset - 1, line, line, column, column);
}

export function balance(tokens: readonly IToken[]): Outcome<readonly IToken[]> {
  const depth = deepest(tokens);
  if (depth && depth.level > MAX_DEPTH) {
    const label = { span: spanOf(depth.token), text: `this block is at level ${depth.level}` };
    return {
      diagnostics: [problem('D011', 'blocks are nested too deeply', [label], 'remove the surplus braces')],
    };
  }
  const diagnostics: Diagnostic[] = [];
  const opened = openMissing(withoutNested(tokens, diagnostics), diagnostics);
  return { value: isBalanced(opened) ? opened : closeMissing(opened, diagnostics), diagnostics };
}

function deepest(tokens: readonly IToken[]): { token: IToken; level: number } | undefined {
  let level = 0;
  for (const token of tokens) {
    if (token.tokenType === Open && ++level > MAX_DEPTH) return { token, level };
    if (token.tokenType === Close && level > 0) level--;
  }
  return undefined;
}

const startsLine = (tokens: readonly IToken[], i: number): boolean =>
  i === 0 || tokens[i - 1]!.startLine !== tokens[i]!.startLine;

const indentOf = (token: IToken): number => (token.startColumn ?? 1) - 1;

/**
 * Removes and reports each item that is inside a model. If the braces are not balanced, the `}` of the model is missing
 * instead; `closeMissing` reports that. The same holds if the item is not indented as a part of the model.
 */
function withoutNested(tokens: readonly IToken[], diagnostics: Diagnostic[]): readonly IToken[] {
  let [depth, indent, nested] = [0, 0, 0];
  const out: IToken[] = [];
  const found: Diagnostic[] = [];
  for (const [i, token] of tokens.entries()) {
    if (depth === 0 && startsLine(tokens, i)) indent = indentOf(token);
    const inside = depth > 0 && isItemStart(token) && startsLine(tokens, i) && indentOf(token) > indent;
    if (inside && nested === 0 && tokens[headerEnd(tokens, i)]?.tokenType === Open) {
      nested = depth;
      const word = token.image;
      const help = `move it behind the \`}\` of the model, with a name: \`${word} NAME { … }\``;
      found.push(
        problem('D008', `a \`${word}\` cannot be inside a block`, [{ span: spanOf(token), text: '' }], help),
      );
    }
    if (nested === 0) out.push(token);
    if (token.tokenType === Open) depth++;
    if (token.tokenType === Close && --depth === nested) nested = 0;
    if (depth < 0) return tokens;
  }
  if (depth !== 0) return tokens;
  diagnostics.push(...found);
  return out;
}

/**
 * Inserts a missing `{` after a header if the next line is indented like a block. After `model` and `check` it also
 * inserts an empty block if the next item, or the end of the file, follows immediately.
 */
function openMissing(tokens: readonly IToken[], diagnostics: Diagnostic[]): readonly IToken[] {
  const out: IToken[] = [];
  for (let i = 0; i < tokens.length; i++) {
    out.push(tokens[i]!);
    if (!startsLine(tokens, i)) continue;
    const end = headerEnd(tokens, i);
    const next = tokens[end];
    if (end === i || next?.tokenType === Open || (next && !startsLine(tokens, end))) continue;
    const item = isItemStart(tokens[i]);
    const inside =
      next && !isItemStart(next) && next.tokenType !== Close && indentOf(next) > indentOf(tokens[i]!);
    if (!inside && !(item && (!next || isItemStart(next)))) continue;
    for (let j = i + 1; j < end; j++) out.push(tokens[j]!);
    const last = tokens[end - 1]!;
    out.push(virtual(Open, last));
    if (!inside) out.push(virtual(Close, last));
    const word = tokens[i]!.image;
    const label = {
      span: { start: tokens[i]!.startOffset, end: spanOf(last).end },
      text: '`{` expected after this',
    };
    const extended = tokens[i + 2]?.tokenType === Extends;
    const header = tokens.slice(i, extended ? end : Math.min(end, i + 2)).map(({ image }) => clip(image));
    const help = `write \`${header.join(' ')} {\`, and \`}\` after the block`;
    diagnostics.push(problem('D007', `the block of this \`${word}\` is not opened`, [label], help));
    i = end - 1;
  }
  return out;
}

/** The index after the header that begins at `i`; `i` if no header begins there. */
function headerEnd(tokens: readonly IToken[], i: number): number {
  const header = HEADERS.find(([word]) => word.test(tokens[i]!.image));
  if (!header) return i;
  let end = i + 1;
  for (const type of header[1]) if (tokens[end]?.tokenType === type && !startsLine(tokens, end)) end++;
  return end;
}

/** Whether the tokens before `end`, on its line, are the header of a block. */
export function opensBlock(tokens: readonly IToken[], end: number): boolean {
  let start = end;
  while (start > 0 && end - start < 4 && tokens[start - 1]!.endLine === tokens[end]!.startLine) start--;
  return startsLine(tokens, start) && headerEnd(tokens, start) === end && end > start;
}

function isBalanced(tokens: readonly IToken[]): boolean {
  let depth = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.tokenType === Open) depth++;
    else if (token.tokenType === Close) depth--;
    else if (depth > 0 && isItemStart(token) && startsLine(tokens, i)) return false;
    if (depth < 0) return false;
  }
  return depth === 0;
}

interface Block {
  readonly open: IToken;
  /** The indentation of the line that opens the block. */
  readonly indent: number;
  /** The indentation of the first line inside the block, once it is known. */
  inner?: number;
}

/** Inserts a missing `}` where the indentation ends a block, and removes each `}` that closes nothing. */
function closeMissing(tokens: readonly IToken[], diagnostics: Diagnostic[]): readonly IToken[] {
  const out: IToken[] = [];
  const stack: Block[] = [];
  const count = (type: TokenType) => tokens.filter((t) => t.tokenType === type).length;
  let surplus = count(Close) - count(Open);
  let mended = false;
  let lineIndent = 0;
  const close = (before: IToken | undefined) => {
    const { open } = stack.pop()!;
    const previous = out.at(-1)!;
    out.push(virtual(Close, previous));
    mended = true;
    if (open.image === '') return;
    const end = spanOf(previous).end;
    diagnostics.push(
      problem('D005', 'this `{` is never closed', [
        { span: spanOf(open), text: 'opened here' },
        before
          ? { span: spanOf(before), text: '`}` expected before this' }
          : { span: { start: end, end }, text: '`}` expected by the end of the file' },
      ]),
    );
  };
  const stray = (token: IToken) => {
    const label = { span: spanOf(token), text: '' };
    if (!mended) diagnostics.push(problem('D006', 'this `}` closes nothing', [label]));
  };
  for (const [i, token] of tokens.entries()) {
    if (startsLine(tokens, i) && token.image !== '') {
      lineIndent = indentOf(token);
      const outside = leaves(token, lineIndent);
      while (stack.length > 0 && outside(stack)) close(token);
      const top = stack.at(-1);
      if (top && token.tokenType !== Close) top.inner ??= lineIndent;
    }
    if (token.tokenType === Close) {
      // If the next line is still indented as part of the model, this `}` is the surplus one.
      const next = tokens[i + 1];
      const inside = next !== undefined && next.tokenType !== Close && !isItemStart(next);
      const early = surplus > 0 && stack.length === 1 && inside && indentOf(next) > stack[0]!.indent;
      if (stack.length === 0 || early) {
        surplus--;
        stray(token);
        continue;
      }
      stack.pop();
    }
    if (token.tokenType === Open) stack.push({ open: token, indent: lineIndent });
    if (isItemStart(token) && stack.length === 0) mended = false;
    out.push(token);
  }
  while (stack.length > 0) close(undefined);
  return out;
}

/** Returns a test of whether, by its indentation, a line that begins with `token` is outside the innermost block. */
function leaves(token: IToken, indent: number): (stack: readonly Block[]) => boolean {
  if (isItemStart(token)) return () => true;
  return (stack) => {
    const top = stack.at(-1)!;
    const indented = top.inner === undefined ? top.indent > 0 : top.inner > top.indent;
    if (!indented || top.open.startLine === token.startLine) return false;
    return token.tokenType === Close ? stack.length > 1 && indent < top.indent : indent <= top.indent;
  };
}
