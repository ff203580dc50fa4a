/**
 * Reads the JSON files of a tokenizer. They are untrusted, so their size is limited. `refusedTokenizer` (../beside.ts) decides
 * which files an artifact may name.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DiagnosticError } from '../../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../../pipeline/codes.ts';
import { readTextFile } from '../files.ts';
import { oneLine } from './child.ts';

export type Json = Readonly<Record<string, unknown>>;

/** The paths of a tokenizer's files. Only the first file must exist. */
export interface TokenizerPaths {
  readonly tokenizer: string;
  readonly config: string;
  readonly specialTokens: string;
}

/** The maximum size of a file. The largest tokenizers in use (256,000 words with merges) have about 35 MB. */
const MAX_BYTES = 128 << 20;

/**
 * The files of a tokenizer that is given as a file or as a folder. For `NAME.tokenizer.json` of an artifact, the names of
 * the other files begin with NAME too.
 */
export async function tokenizerPaths(path: string): Promise<TokenizerPaths> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const tokenizer = isFolder ? join(path, 'tokenizer.json') : path;
  const start = /^(.*)tokenizer\.json$/s.exec(basename(tokenizer))?.[1] ?? '';
  const beside = (name: string): string => join(dirname(tokenizer), `${start}${name}`);
  return {
    tokenizer,
    config: beside('tokenizer_config.json'),
    specialTokens: beside('special_tokens_map.json'),
  };
}

/** Reads a JSON object, or returns undefined if there is no such file. Throws DiagnosticError. */
export async function readIfPresent(path: string): Promise<Json | undefined> {
  const found = await stat(path).then(
    (file) => file.isFile(),
    () => false,
  );
  return found ? readObject(path) : undefined;
}

/** Reads a JSON object. Throws DiagnosticError. */
export async function readObject(path: string): Promise<Json> {
  const { value, diagnostics } = await readTextFile(path, MAX_BYTES, { regular: true });
  if (!value) throw new DiagnosticError(...diagnostics);
  let json: unknown;
  try {
    json = JSON.parse(value.text);
  } catch (error) {
    const why = error instanceof Error ? oneLine(error.message).slice(0, 80) : 'unreadable';
    return refuse(path, `it is not JSON (${why})`);
  }
  return isJson(json) ? json : refuse(path, 'it is not a JSON object');
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A name from a file, shortened for a message. */
export const quoted = (name: string): string => JSON.stringify(oneLine(name).slice(0, 40));

const FAST = 'it should be the `tokenizer.json` of a Hugging Face fast tokenizer';

/** The error (D530) for a file that is not a usable tokenizer. */
export const refusal = (path: string, why: string, help = FAST): DiagnosticError =>
  new DiagnosticError(runtimeDiagnostic('D530', `${path} is not a usable tokenizer: ${why}`, help));

export function refuse(path: string, why: string, help?: string): never {
  throw refusal(path, why, help);
}
