/**
 * A parsed text as the lines that its author laid out: entries of blocks, each with its tokens by
 * physical line, and every comment at the place it belongs to. The formatter's view of a text; it
 * decides nothing about spacing.
 */
import type { IToken } from 'chevrotain';
import { Check, Close, Open, Separator } from './tokens.ts';

/** Tokens on one physical line; a statement that goes on has several. */
export interface Segment {
  readonly tokens: IToken[];
  comment?: string;
}

export interface Entry {
  /** The source had an empty line before it. */
  readonly blank: boolean;
  /** A statement, an item's header, a budget; one segment without tokens for a comment of its own. */
  readonly segments: Segment[];
  block?: Block;
}

export interface Block {
  readonly entries: Entry[];
  /** Of budgets, where `-` may stand between two operands. */
  readonly budgets: boolean;
  /** Written on one line. */
  oneLine: boolean;
  openComment?: string;
  closeComment?: string;
}

export const isComment = ({ segments }: Entry): boolean => segments[0]?.tokens.length === 0;

/** `tokens` as arranged for the parser, of a text without syntax mistakes. */
export function layOut(tokens: readonly IToken[], comments: readonly IToken[]): Block {
  const file: Block = { entries: [], budgets: false, oneLine: false };
  const open: { readonly block: Block; readonly line: number }[] = [{ block: file, line: 0 }];
  /** The statement that is being read, until a separator or its block ends it. */
  let current: Entry | undefined;
  let previous: IToken | undefined;
  for (const token of merged(tokens, comments)) {
    const { block, line: openedAt } = open.at(-1)!;
    const at = token.startLine!;
    const line = previous?.startLine ?? 0;
    const blank = line > 0 && at > line + 1;
    if (token.tokenType === Open && current) {
      const budgets = current.segments[0]?.tokens[0]?.tokenType === Check;
      current.block = { entries: [], budgets, oneLine: false };
      hoistComments(current.segments, current.block);
      open.push({ block: current.block, line: at });
      current = undefined;
    } else if (token.tokenType === Close) {
      open.pop();
      const silent = block.openComment === undefined && !block.entries.some(isComment);
      block.oneLine = silent && at === openedAt;
      current = undefined;
    } else if (token.tokenType === Separator) {
      current = undefined;
    } else if (token.tokenType.GROUP === 'comments') {
      addComment(token, block, current, blank, at === line ? previous : undefined);
    } else {
      current = addToken(token, block, current, blank, at === line);
    }
    if (token.image !== '') previous = token;
  }
  return file;
}

function addToken(
  token: IToken,
  block: Block,
  current: Entry | undefined,
  blank: boolean,
  sameLine: boolean,
): Entry {
  if (!current) {
    const entry: Entry = { blank, segments: [{ tokens: [token] }] };
    block.entries.push(entry);
    return entry;
  }
  const last = current.segments.at(-1)!;
  if (sameLine) last.tokens.push(token);
  else current.segments.push({ tokens: [token] });
  return current;
}

/** By offset; a separator of no width comes before a comment behind it. */
function merged(tokens: readonly IToken[], comments: readonly IToken[]): readonly IToken[] {
  const out: IToken[] = [];
  let next = 0;
  for (const token of tokens) {
    while (next < comments.length && comments[next]!.startOffset < token.startOffset)
      out.push(comments[next++]!);
    out.push(token);
  }
  for (const comment of comments.slice(next)) out.push(comment);
  return out;
}

function addComment(
  token: IToken,
  block: Block,
  current: Entry | undefined,
  blank: boolean,
  /** What the comment stands behind on its line. */
  before: IToken | undefined,
): void {
  const text = token.image.trimEnd();
  const previous = current ?? block.entries.at(-1);
  if (!before) {
    if (current) current.segments.push({ tokens: [], comment: text });
    else block.entries.push({ blank, segments: [{ tokens: [], comment: text }] });
  } else if (before.tokenType === Open || !previous) {
    block.openComment = text;
  } else if (previous.block) {
    previous.block.closeComment = text;
  } else {
    previous.segments.at(-1)!.comment = text;
  }
}

/** Comments between a header and its `{` move below it. */
function hoistComments(segments: Segment[], block: Block): void {
  for (const segment of segments) {
    if (segment.comment === undefined) continue;
    block.entries.push({ blank: false, segments: [{ tokens: [], comment: segment.comment }] });
    delete segment.comment;
  }
  const kept = segments.filter(({ tokens }) => tokens.length > 0);
  segments.splice(0, segments.length, ...kept);
}
