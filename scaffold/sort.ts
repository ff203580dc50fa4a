/**
 * The types and helpers of the scaffold. Each sort (op, kind, pass, command) makes the new files, and the changes to
 * existing files that register the new files.
 */

/** A change to an existing file. `change` turns the text of the file into the new text. */
export interface Edit {
  readonly path: string;
  readonly change: (text: string) => string;
}

export interface Written {
  /** New files by their paths. */
  readonly files: Readonly<Record<string, string>>;
  readonly edits: readonly Edit[];
  /** What the author must do next, in one sentence for each step. */
  readonly next: readonly string[];
}

export interface Sort {
  /** The words that follow `npm run new --`. */
  readonly usage: string;
  readonly doc: string;
  /** Makes the files and edits from the words after the sort. Throws a Misuse if the words are wrong. */
  readonly write: (words: readonly string[]) => Written;
}

/** A mistake in the command line. The message says what is wrong, in one sentence. */
export class Misuse extends Error {}

/**
 * Checks that a name has the form of file names and of names in the language: lowercase letters, digits and underscores.
 */
export function checkedName(name: string | undefined, usage: string): string {
  if (name === undefined) throw new Misuse(`a name is missing; write: npm run new -- ${usage}`);
  if (/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) return name;
  throw new Misuse(
    `the name '${name}' must consist of lowercase letters, digits and underscores, such as window_mean`,
  );
}

/** `window_mean` → `windowMean`. */
export const camel = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Inserts a line after the last import of a file. The formatter then sorts the imports. */
export const withImport =
  (line: string) =>
  (text: string): string =>
    text.replace(
      /^(?:import|export)[^;]*from '[^']+';\n(?![\s\S]*^import[^;]*from '[^']+';\n)/m,
      (last) => `${last}${line}\n`,
    );

/** Replaces the match of a pattern. If there is no match, the code has changed and the scaffold must be updated. */
export function replaced(text: string, pattern: RegExp, by: (...groups: string[]) => string): string {
  if (!pattern.test(text))
    throw new Error(`the scaffold finds no match of ${pattern} in the code; update the pattern`);
  return text.replace(pattern, (_, ...groups: string[]) => by(...groups));
}

/** Combines changes into one change, which applies them one after the other. */
export const inTurn =
  (...changes: readonly ((text: string) => string)[]) =>
  (text: string): string =>
    changes.reduce((now, change) => change(now), text);
