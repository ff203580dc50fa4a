/**
 * The tree that the formatter prints: blocks of entries, each entry with its tokens by line, and each comment attached
 * to the line or block that it belongs to. format.ts decides on spaces and line ends.
 */
import type { IToken } from 'chevrotain';
import { Check, Close, Open, Separator } from './tokens.ts';

/** The tokens of an entry on one line. A statement over several lines has several segments. */
export interface Segment {
  readonly tokens: IToken[];
  comment?: string;
}

export interface Entry {
  /** Whether an empty line precedes the entry. */
  readonly blank: boolean;
  /** A statement, the header of an item, or a budget. A comment on its own line is one segment without tokens. */
  readonly segments: Segment[];
  block?: Block;
}

export interface Block {
  readonly entries: Entry[];
  /** Whether the block contains budgets, in which `-` may be a subtraction. */
  readonly budgets: boolean;
  /** Whether the source has the block on one line. */
  oneLine: boolean;
  openComment?: string;
  closeComment?: string;
}

export const isComment = ({ segments }: Entry): boolean => segments[0]?.tokens.length === 0;

/** Builds the tree from the output of `arrange`. The text must not have syntax mistakes. */
export function layOut(tokens: readonly IToken[], comments: readonly IToken[]): Block {
  const file: Block = { entries: [], budgets: false, oneLine: false };
  const open: { readonly block: Block; readonly line: number }[] = [{ block: file, line: 0 }];
  /** The unfinished statement; a separator or its block ends it. */
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

/** Merges tokens and comments by offset. An inserted separator is where its field ends, so it comes before a comment. */
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
  /** The token before the comment on its line; undefined if the comment begins the line. */
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

/** Moves comments between a header and its `{` into the block. */
function hoistComments(segments: Segment[], block: Block): void {
  for (const segment of segments) {
    if (segment.comment === undefined) continue;
    block.entries.push({ blank: false, segments: [{ tokens: [], comment: segment.comment }] });
    delete segment.comment;
  }
  const kept = segments.filter(({ tokens }) => tokens.length > 0);
  segments.length = 0;
  for (const segment of kept) segments.push(segment);
}
