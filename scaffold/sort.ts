/** What a sort of thing is to the scaffold: the files that a new one has, and the lines that make it known. */

/** A change of a file that is there: text in, text out. */
export interface Edit {
  readonly path: string;
  readonly change: (text: string) => string;
}

export interface Written {
  /** New files by their paths. */
  readonly files: Readonly<Record<string, string>>;
  readonly edits: readonly Edit[];
  /** What its author does next, a sentence each. */
  readonly next: readonly string[];
}

export interface Sort {
  /** The words of the command behind `npm run new --`. */
  readonly usage: string;
  readonly doc: string;
  /** Throws a Misuse for words that it cannot take. */
  readonly write: (words: readonly string[]) => Written;
}

/** What the caller got wrong, in a sentence for people. */
export class Misuse extends Error {}

/** A name as files and the language have it: small letters, digits and underscores. */
export function checkedName(name: string | undefined, usage: string): string {
  if (name === undefined) throw new Misuse(`a name is missing; write: npm run new -- ${usage}`);
  if (/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) return name;
  throw new Misuse(`the name '${name}' must be small letters, digits and underscores, such as window_mean`);
}

/** `window_mean` → `windowMean`. */
export const camel = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Puts a line behind the last import of a file; the formatter sorts them. */
export const withImport =
  (line: string) =>
  (text: string): string =>
    text.replace(
      /^(?:import|export)[^;]*from '[^']+';\n(?![\s\S]*^import[^;]*from '[^']+';\n)/m,
      (last) => `${last}${line}\n`,
    );

/** Replaces what a pattern finds; a pattern that finds nothing is a fault of the scaffold. */
export function replaced(text: string, pattern: RegExp, by: (...groups: string[]) => string): string {
  if (!pattern.test(text)) throw new Error(`the scaffold finds no ${pattern} any more`);
  return text.replace(pattern, (_, ...groups: string[]) => by(...groups));
}

/** One change after the other. */
export const inTurn =
  (...changes: readonly ((text: string) => string)[]) =>
  (text: string): string =>
    changes.reduce((now, change) => change(now), text);
