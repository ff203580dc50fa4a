/**
 * Turns a text into an AST: runs the lexer, `arrange`, the grammar and `buildAst` in this order. The tree contains
 * everything that could be read despite mistakes. If nothing could be read, there is no tree.
 */
import type { CstNode, IToken } from 'chevrotain';
import { arrange } from './arrange.ts';
import type { Ast } from './ast.ts';
import { buildAst } from './build_ast.ts';
import type { Diagnostic, Outcome, Source, Span } from './diagnostics.ts';
import { parseTokens } from './parser.ts';
import { lineFinder, lineStarts } from './place.ts';
import { cutShort, inOrder, MAX_MISTAKES } from './problem.ts';
import { Check, Close, Model, Open, Separator, spanOf, tokenize } from './tokens.ts';

export interface Parsed {
  readonly tokens: readonly IToken[];
  readonly comments: readonly IToken[];
  readonly cst: CstNode;
  readonly lost: readonly string[];
}

/** Codes of mistakes that are corrected before parsing. A field that contains such a mistake can still be used. */
const MENDED: ReadonlySet<string> = new Set(['D005', 'D006', 'D007', 'D010']);

export function parse(source: Source): Outcome<Ast> {
  const { value, diagnostics } = parseToCst(source);
  if (!value) return { diagnostics };
  const statementAt = statementFinder(value.tokens, source.text);
  const unread = diagnostics.filter(({ code }) => !MENDED.has(code));
  const broken = new Set(unread.flatMap(({ labels }) => labels.map(({ span }) => statementAt(span))));
  const isBroken = (span: Span) => broken.has(statementAt(span));
  return { value: buildAst(value.cst, isBroken, value.lost), diagnostics };
}

/** Parses up to the concrete syntax tree, and returns the tokens and comments with it. */
export function parseToCst(source: Source): Outcome<Parsed> {
  const lexed = tokenize(source);
  if (!lexed.value) return { diagnostics: lexed.diagnostics };
  if (lexed.diagnostics.length > MAX_MISTAKES) {
    const lineOf = lineFinder(source.text);
    return { diagnostics: withoutFollowOns(lexed.diagnostics, ({ start }) => lineOf(start).line) };
  }
  const arranged = arrange(lexed.value.tokens);
  const before = [...lexed.diagnostics, ...arranged.diagnostics];
  if (!arranged.value) return { diagnostics: before };
  const { tokens, lost } = arranged.value;
  const { value, diagnostics } = parseTokens(tokens);
  const all = withoutFollowOns([...before, ...diagnostics], statementFinder(tokens, source.text));
  return value
    ? { value: { tokens, comments: lexed.value.comments, cst: value, lost }, diagnostics: all }
    : { diagnostics: all };
}

type Finder = (span: Span) => number;

/**
 * Returns a function from a position to the number of the statement at this position. The rest of a line belongs to the
 * last statement on that line. Lines between two statements get a separate number, because the lexer may have removed
 * text there.
 */
function statementFinder(tokens: readonly IToken[], text: string): Finder {
  const lines = lineStarts(text);
  const ends: number[] = [];
  for (const [i, token] of tokens.entries()) {
    const { tokenType, startOffset } = token;
    const item = tokenType === Model || tokenType === Check;
    const edge = item || [Separator, Open, Close].includes(tokenType);
    const previous = tokens[i - 1];
    const next = token.image === '' ? tokens[i + 1] : token;
    if (edge && previous && next && previous.endLine !== next.startLine) {
      ends.push(lines[previous.endLine!]!, lines[next.startLine! - 1]!);
    }
    if (item) ends.push(startOffset);
    else if (edge && next === token) ends.push(spanOf(token).end);
    else if (edge && previous?.endLine === next?.startLine) ends.push(startOffset);
  }
  return ({ start, end }) => {
    // An empty span is the end of a line and belongs to the statement before it.
    const offset = start === end ? start - 1 : start;
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/**
 * Keeps the first diagnostic of each statement (or line), because the later ones are usually its consequences. It also
 * limits the number of diagnostics. In the input, the lexer's diagnostics come first, then those about braces, then
 * those of the grammar.
 */
function withoutFollowOns(diagnostics: readonly Diagnostic[], placeOf: Finder): readonly Diagnostic[] {
  const firsts = new Map<number, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const place = placeOf(diagnostic.labels[0]!.span);
    if (!firsts.has(place)) firsts.set(place, diagnostic);
  }
  const all = inOrder([...firsts.values()]);
  return all.length < MAX_MISTAKES ? all : cutShort(all, 'syntax mistakes');
}
