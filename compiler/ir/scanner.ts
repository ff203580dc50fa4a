/**
 * Walks over the text form of the IR, one expected thing at a time. Knows characters, names, numbers,
 * strings and lists, not graphs. What does not fit stops the reading with `Unreadable`, which
 * `read_text.ts` turns into a diagnostic; it leaves that file never.
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
  /** Offset of the next character that is neither white space nor comment. */
  readonly at: number;
  readonly atEnd: boolean;
  /** Stops at `start` (default: here). */
  fail(message: string, start?: number, code?: string, help?: string): never;
  /** Takes `text` when it comes next. */
  take(text: string): boolean;
  /** Whether `text` comes next; takes nothing. */
  sees(text: string): boolean;
  /** Whether `text` comes next on this line, before any comment. */
  seesHere(text: string): boolean;
  expect(text: string): void;
  /** Takes a keyword, not the beginning of a longer name. */
  word(text: string): boolean;
  /** A bare or quoted name. */
  name(what: string): string;
  string(what: string): string;
  integer(what: string): number;
  /** A number of any size, NaN and infinities included; undefined (nothing taken) when there is none. */
  number(): number | undefined;
  /** `open item, item, ... close`. */
  list<T>(open: string, close: string, item: () => T): readonly T[];
  /** The text up to a `,` or closing bracket that is not inside brackets. */
  extent(): string;
  /** The comment that ends the present line; undefined when the line holds something else. */
  lineComment(): { readonly text: string; readonly start: number } | undefined;
}

const WHITE = /\s*/y;
const SPACES = /[ \t]*/y;
const COMMENT = /\/\/([^\n]*)/y;
const NAME = /[A-Za-z_][\w.]*/y;
const STRING = /"[^"\\\n]*(?:\\.[^"\\\n]*)*"/y;
const INTEGER = /-?\d+/y;
/** A whole element of a list: `4` but not the `4` of `4*n`. */
const NUMBER = /(?:-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Infinity)|NaN)(?=\s*[,)\]}])/y;

const decode = (quoted: string): string | undefined => {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
};

export function createScanner(text: string): Scanner {
  let at = 0;

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const advance = (taken: string | undefined): string | undefined => {
    at += taken?.length ?? 0;
    return taken;
  };
  const skipBlanks = (): void => {
    do advance(match(WHITE));
    while (advance(match(COMMENT)) !== undefined);
  };
  /** Takes what matches after blanks. */
  const next = (pattern: RegExp): string | undefined => {
    skipBlanks();
    return advance(match(pattern));
  };

  const scanner: Scanner = {
    get at() {
      skipBlanks();
      return at;
    },
    get atEnd() {
      return scanner.at >= text.length;
    },
    fail(message, start = scanner.at, code, help) {
      const end = Math.min(text.length, Math.max(at, start + 1));
      throw new Unreadable({ start: Math.min(start, text.length), end }, message, code, help);
    },
    sees: (wanted) => text.startsWith(wanted, scanner.at),
    seesHere(wanted) {
      advance(match(SPACES));
      return text.startsWith(wanted, at);
    },
    take(wanted) {
      const found = scanner.sees(wanted);
      if (found) at += wanted.length;
      return found;
    },
    expect(wanted) {
      if (scanner.take(wanted)) return;
      const rest = text.slice(at).match(/^\S+/)?.[0].slice(0, 20);
      scanner.fail(
        `expected \`${wanted}\`, found ${rest === undefined ? 'the end of the text' : `\`${rest}\``}`,
      );
    },
    word(wanted) {
      const start = scanner.at;
      if (match(NAME) !== wanted) return false;
      at = start + wanted.length;
      return true;
    },
    name: (what) =>
      scanner.sees('"') ? scanner.string(what) : (next(NAME) ?? scanner.fail(`expected ${what}`)),
    string(what) {
      const start = scanner.at;
      const quoted = next(STRING) ?? scanner.fail(`expected ${what} in quotes`);
      return decode(quoted) ?? scanner.fail('this string has an escape that JSON does not know', start);
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
    list(open, close, item) {
      scanner.expect(open);
      const items: ReturnType<typeof item>[] = [];
      if (scanner.take(close)) return items;
      do items.push(item());
      while (scanner.take(','));
      scanner.expect(close);
      return items;
    },
    extent() {
      const start = scanner.at;
      for (let depth = 0; at < text.length; at++) {
        const c = text[at]!;
        if (c === '(' || c === '[') depth++;
        else if (depth === 0 && (c === ',' || c === ')' || c === ']' || c === '}')) break;
        else if (c === ')' || c === ']') depth--;
        else if (c === '\n') break;
      }
      return text.slice(start, at).trim();
    },
    lineComment() {
      const old = at;
      advance(match(SPACES));
      const comment = advance(match(COMMENT));
      if (comment === undefined) at = old;
      return comment === undefined ? undefined : { text: comment.slice(2), start: at - comment.length };
    },
  };
  return scanner;
}
