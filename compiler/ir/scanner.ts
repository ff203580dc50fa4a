/**
 * Scans the text form of the IR, one expected element at a time. It reads characters, names, numbers, strings and
 * lists, but not graphs. For text that does not match, it throws `Unreadable`, and `read_text.ts` turns this error
 * into a diagnostic.
 */
import type { Span } from '../../dsl/diagnostics.ts';

export class Unreadable extends Error {
  readonly span: Span;
  readonly code: string;
  readonly help: string | undefined;
  constructor(span: Span, message: string, code = 'D301', help?: string) {
    super(message);
    this.span = span;
    this.code = code;
    this.help = help;
  }
}

export interface Scanner {
  /** The offset of the next character that is neither white space nor part of a comment. */
  readonly at: number;
  readonly atEnd: boolean;
  /** Throws `Unreadable` with a span from `start` to the current position. The default of `start` is `at`. */
  fail(message: string, start?: number, code?: string, help?: string): never;
  /** Takes `text` if it comes next, and returns whether it was there. */
  take(text: string): boolean;
  /** Whether `text` comes next. */
  sees(text: string): boolean;
  /** Whether `text` comes next on this line, before any comment. */
  seesHere(text: string): boolean;
  /** Takes `text`, or fails. */
  expect(text: string): void;
  /** Takes a keyword if it comes next as a whole name, and returns whether it was there. */
  word(text: string): boolean;
  /** Takes a bare or quoted name. `what` describes the expected name in the error message. */
  name(what: string): string;
  string(what: string): string;
  integer(what: string): number;
  /** Takes a number of any size, NaN and infinities included. Returns undefined if no number comes next. */
  number(): number | undefined;
  /** Takes a list such as `[item, item]`. */
  list<T>(open: string, close: string, item: () => T): readonly T[];
  /** Takes the text up to a `,` or a closing bracket that is not inside brackets, or up to the end of the line. */
  extent(): string;
  /** Takes the comment that ends this line; undefined where the line continues with something else. */
  lineComment(): { readonly text: string; readonly start: number } | undefined;
}

const WHITE = /\s*/y;
const SPACES = /[ \t]*/y;
const COMMENT = /\/\/([^\n]*)/y;
const NAME = /[A-Za-z_][\w.]*/y;
const STRING = /"[^"\\\n]*(?:\\.[^"\\\n]*)*"/y;
const INTEGER = /-?\d+/y;
/** A number that is a whole element of a list: `4`, but not the `4` of `4*n`. */
const NUMBER = /(?:-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Infinity)|NaN)(?=\s*[,)\]}])/y;

const decode = (quoted: string): string | undefined => {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
};

/** Matches patterns at a position in a text. */
interface Position {
  at: number;
  /** The text that matches here. */
  readonly match: (pattern: RegExp) => string | undefined;
  /** Takes the text that matches here. */
  readonly take: (pattern: RegExp) => string | undefined;
  /** Takes white space and comments. */
  readonly skipBlanks: () => void;
}

function createPosition(text: string): Position {
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position.at;
    return pattern.exec(text)?.[0];
  };
  const take = (pattern: RegExp): string | undefined => {
    const taken = match(pattern);
    position.at += taken?.length ?? 0;
    return taken;
  };
  const skipBlanks = (): void => {
    do take(WHITE);
    while (take(COMMENT) !== undefined);
  };
  const position: Position = { at: 0, match, take, skipBlanks };
  return position;
}

/** The offset where the element of a list that starts at `start` ends. */
function endOfElement(text: string, start: number): number {
  let at = start;
  for (let depth = 0; at < text.length; at++) {
    const c = text[at]!;
    if (c === '(' || c === '[') depth++;
    else if (depth === 0 && (c === ',' || c === ')' || c === ']' || c === '}')) break;
    else if (c === ')' || c === ']') depth--;
    else if (c === '\n') break;
  }
  return at;
}

function takeList<T>(scanner: Scanner, open: string, close: string, item: () => T): readonly T[] {
  scanner.expect(open);
  const items: T[] = [];
  if (scanner.take(close)) return items;
  do items.push(item());
  while (scanner.take(','));
  scanner.expect(close);
  return items;
}

export function createScanner(text: string): Scanner {
  const position = createPosition(text);
  /** Skips blanks, then takes the text that matches. */
  const next = (pattern: RegExp): string | undefined => {
    position.skipBlanks();
    return position.take(pattern);
  };

  const scanner: Scanner = {
    get at() {
      position.skipBlanks();
      return position.at;
    },
    get atEnd() {
      return scanner.at >= text.length;
    },
    fail(message, start = scanner.at, code, help) {
      const end = Math.min(text.length, Math.max(position.at, start + 1));
      throw new Unreadable({ start: Math.min(start, text.length), end }, message, code, help);
    },
    sees: (wanted) => text.startsWith(wanted, scanner.at),
    seesHere(wanted) {
      position.take(SPACES);
      return text.startsWith(wanted, position.at);
    },
    take(wanted) {
      const found = scanner.sees(wanted);
      if (found) position.at += wanted.length;
      return found;
    },
    expect(wanted) {
      if (scanner.take(wanted)) return;
      const rest = text.slice(position.at).match(/^\S+/)?.[0].slice(0, 20);
      scanner.fail(
        `expected \`${wanted}\`, found ${rest === undefined ? 'the end of the text' : `\`${rest}\``}`,
      );
    },
    word(wanted) {
      const start = scanner.at;
      if (position.match(NAME) !== wanted) return false;
      position.at = start + wanted.length;
      return true;
    },
    name: (what) =>
      scanner.sees('"') ? scanner.string(what) : (next(NAME) ?? scanner.fail(`expected ${what}`)),
    string(what) {
      const start = scanner.at;
      const quoted = next(STRING) ?? scanner.fail(`expected ${what} in quotes`);
      return (
        decode(quoted) ?? scanner.fail('this string has an escape sequence that JSON does not allow', start)
      );
    },
    integer(what) {
      const start = scanner.at;
      const value = Number(next(INTEGER) ?? scanner.fail(`expected ${what}`));
      return Number.isSafeInteger(value) ? value : scanner.fail(`${what} is too large`, start);
    },
    number() {
      const digits = next(NUMBER);
      return digits === undefined ? undefined : Number(digits);
    },
    list: (open, close, item) => takeList(scanner, open, close, item),
    extent() {
      const start = scanner.at;
      position.at = endOfElement(text, start);
      return text.slice(start, position.at).trim();
    },
    lineComment() {
      const old = position.at;
      position.take(SPACES);
      const comment = position.take(COMMENT);
      if (comment === undefined) position.at = old;
      return comment === undefined
        ? undefined
        : { text: comment.slice(2), start: position.at - comment.length };
    },
  };
  return scanner;
}
