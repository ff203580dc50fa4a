/**
 * The formatter. It indents each block by two spaces, aligns values in columns, allows at most one empty line in a row,
 * and keeps all comments. The text must not have syntax mistakes; unknown fields are formatted like known ones.
 * Formatting the result again changes nothing.
 */
import type { IToken } from 'chevrotain';
import { tokenMatcher } from './chevrotain.ts';
import { type Diagnostic, MAX_SOURCE, type Outcome, type Source } from './diagnostics.ts';
import { type Block, type Entry, isComment, layOut, type Segment } from './layout.ts';
import { parseToCst } from './parse.ts';
import { problem } from './problem.ts';
import { Colon, Comma, Compare, Dot, LeftParen, Minus, Name, NumberToken, RightParen } from './tokens.ts';

/** A block that is written on one line stays on one line up to this width. */
const MAX_ONE_LINE = 88;

export function format(source: Source): Outcome<string> {
  const { value, diagnostics } = parseToCst(source);
  if (!value || diagnostics.length > 0) return { diagnostics };
  const file = layOut(value.tokens, value.comments);
  const lines: string[] = [];
  let previous: Entry | undefined;
  for (const entry of file.entries) {
    const afterItem = previous !== undefined && !isComment(previous);
    if (previous && (afterItem || entry.blank)) lines.push('');
    if (isComment(entry)) lines.push(entry.segments[0]!.comment!);
    // A block may have more lines than a call may have arguments, so lines are added one by one.
    else for (const line of statement(entry, '', false, undefined)) lines.push(plain(line));
    previous = entry;
  }
  const text = lines.map((line) => `${line}\n`).join('');
  return tooLong(text) ? { diagnostics: [longer(text)] } : { value: text, diagnostics };
}

/** Whether `check` would refuse the text, because it is longer than a source may be, in characters or in bytes. */
const tooLong = (text: string): boolean =>
  text.length > MAX_SOURCE || (3 * text.length > MAX_SOURCE && bytesOf(text) > MAX_SOURCE);

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

function longer(text: string): Diagnostic {
  const size = (bytesOf(text) / MAX_SOURCE).toFixed(1);
  return problem(
    'D001',
    `in the standard layout this source would be ${size} MB long, but at most 1 MB is allowed`,
    [{ span: { start: 0, end: 1 }, text: '' }],
    'split the source into several files, or shorten its longest names: shorter names need less space in columns',
  );
}

/** A line and its trailing comment, before comments are aligned. */
interface Line {
  readonly text: string;
  readonly comment?: string | undefined;
}

const plain = ({ text, comment }: Line): string => (comment === undefined ? text : `${text} ${comment}`);

function statement(
  entry: Entry,
  indent: string,
  budgets: boolean,
  column: number | undefined,
): readonly Line[] {
  const { block } = entry;
  const head = segments(entry, indent, budgets, column);
  if (!block) return head;
  const last = head.at(-1) ?? { text: indent };
  const oneLine = head.length <= 1 && block.oneLine ? inline(entry, budgets) : undefined;
  if (oneLine !== undefined && indent.length + oneLine.length <= MAX_ONE_LINE) {
    return [{ text: indent + oneLine, comment: block.closeComment }];
  }
  if (block.entries.length === 0 && block.openComment === undefined) {
    return [...head.slice(0, -1), { text: `${last.text} {}`, comment: block.closeComment }];
  }
  return [
    ...head.slice(0, -1),
    { text: `${last.text} {`, comment: block.openComment },
    ...body(block, `${indent}  `).map((text) => ({ text })),
    { text: `${indent}}`, comment: block.closeComment },
  ];
}

/** Writes an entry on one line. Its block must not have comments. */
function inline(entry: Entry, budgets: boolean): string {
  const head = entry.segments.map(({ tokens }) => spaced(tokens, budgets)).join(' ');
  const { block } = entry;
  if (!block) return head;
  if (block.entries.length === 0) return `${head} {}`;
  const parts = block.entries.map((inner, i) => {
    const text = inline(inner, block.budgets);
    const more = i + 1 < block.entries.length;
    return more && !inner.block ? `${text};` : text;
  });
  return `${head} { ${parts.join(' ')} }`;
}

function body(block: Block, indent: string): readonly string[] {
  const out: string[] = [];
  for (const group of groups(block.entries)) {
    const column = columnOf(group, block.budgets);
    const lines: Line[] = [];
    for (const entry of group) {
      if (entry.blank && entry !== block.entries[0]) lines.push({ text: '' });
      if (isComment(entry)) lines.push({ text: indent + entry.segments[0]!.comment! });
      else for (const line of statement(entry, indent, block.budgets, column)) lines.push(line);
    }
    const widest = lines.reduce(
      (most, { text, comment }) => (comment === undefined ? most : Math.max(most, text.length)),
      0,
    );
    for (const { text, comment } of lines) {
      out.push(comment === undefined ? text : `${text.padEnd(entryHasBlock(group) ? 0 : widest)} ${comment}`);
    }
  }
  return out;
}

const entryHasBlock = (group: readonly Entry[]): boolean => group.some(({ block }) => block !== undefined);

/** Neighbouring entries that are aligned with each other. A block or an empty line separates two groups. */
function groups(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const out: Entry[][] = [];
  for (const entry of entries) {
    const last = out.at(-1);
    const apart = entry.blank || entry.block !== undefined || last?.at(-1)?.block !== undefined;
    if (last && !apart) last.push(entry);
    else out.push([entry]);
  }
  return out;
}

/** The width of the first column, which contains field names, or left sides of budgets that are plain names. */
function columnOf(group: readonly Entry[], budgets: boolean): number {
  return group.reduce((widest, entry) => {
    const first = entry.segments[0]!.tokens;
    const left = entry.block || isComment(entry) ? [] : first.slice(0, columnEnd(first, budgets));
    return left.length > 0 ? Math.max(widest, spaced(left, budgets).length) : widest;
  }, 0);
}

/** How many tokens of a line form its first column; 0 if the line is not aligned. */
function columnEnd(tokens: readonly IToken[], budgets: boolean): number {
  if (!budgets) return 1;
  const at = tokens.findIndex((t) => tokenMatcher(t, Compare));
  return tokens.slice(0, at).every((t) => t.tokenType === Name || t.tokenType === Dot) ? Math.max(0, at) : 0;
}

function segments(
  entry: Entry,
  indent: string,
  budgets: boolean,
  column: number | undefined,
): readonly Line[] {
  const [first, ...rest] = entry.segments;
  if (!first) return [];
  const end = column === undefined || entry.block ? 0 : columnEnd(first.tokens, budgets);
  const left = spaced(first.tokens.slice(0, end), budgets);
  const right = spaced(first.tokens.slice(end), budgets);
  const text = end > 0 && right !== '' ? `${left.padEnd(column ?? 0)} ${right}` : left + right;
  const goesOn = ' '.repeat(indent.length + (budgets || entry.block ? 4 : (column ?? 3) + 1));
  const line = ({ tokens, comment }: Segment): Line =>
    tokens.length === 0 ? { text: goesOn + comment } : { text: goesOn + spaced(tokens, budgets), comment };
  return [{ text: indent + text, comment: first.comment }, ...rest.map(line)];
}

const JOINED_BEFORE = [RightParen, Comma, Colon, Dot];
const JOINED_AFTER = [LeftParen, Dot];

/** Joins tokens with single spaces, except next to parentheses and dots and before commas and colons. */
function spaced(tokens: readonly IToken[], budgets: boolean): string {
  let text = '';
  for (const [i, token] of tokens.entries()) {
    const previous = tokens[i - 1];
    const joined =
      !previous ||
      JOINED_BEFORE.includes(token.tokenType) ||
      JOINED_AFTER.includes(previous.tokenType) ||
      (token.tokenType === LeftParen && previous.tokenType === Name) ||
      (previous.tokenType === Minus && isSign(tokens, i - 1, budgets));
    text += (joined ? '' : ' ') + token.image;
  }
  return text;
}

/** Whether the `-` at `i` is a sign and not a subtraction. */
function isSign(tokens: readonly IToken[], i: number, budgets: boolean): boolean {
  const before = tokens[i - 1];
  return !budgets || !before || ![Name, NumberToken, RightParen].includes(before.tokenType);
}
