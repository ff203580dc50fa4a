/**
 * Hugging Face tokenizers. Their library runs in a process of its own. This module joins it with what is read from the
 * files: the special tokens, the model's convention (an eos after the text), and a text for every id.
 */
import { basename } from 'node:path';
import type { SpecialIds as ModelIds } from '../../compiler/model/lowering.ts';
import { type Diagnostic, DiagnosticError, type Outcome } from '../../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../../pipeline/codes.ts';
import { oneLine, ProcessEnded } from './child.ts';
import { cleanedUp, partsOf, settlingOf } from './decoding.ts';
import { encodedOf } from './encoded.ts';
import { type Library, LibraryRefusal, startLibrary } from './library.ts';
import { libraryFile, type SpecialTokens, specialTokens, withoutSpecial } from './special_tokens.ts';
import { isByte, showToken, spellingOf } from './surface.ts';
import { FAIRSEQ_IDS, placeholder, type Tokenizer, tokenizerFailure } from './tokenizer.ts';
import { checkNamed, configText, readConfig, type TokenizerConfig } from './tokenizer_config.ts';
import { type Json, readObject, refusal, refuse, tokenizerPaths } from './tokenizer_file.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';

/** A tokenizer and the files that it was made from. */
export interface FileTokenizer extends Tokenizer {
  readonly path: string;
  /** The text of a `tokenizer_config.json` that means the same as all files beside the tokenizer. */
  readonly config: string;
  /** Ends the tokenizer's process. A later call starts another. An open tokenizer does not keep a program alive. */
  close(): Promise<void>;
}

export interface TokenizerOptions {
  /** Whether special tokens in a text become their ids. By default they are ordinary text. */
  readonly specialTokens?: boolean;
}

/** A tokenizer whose files were read, while its library still loads. */
export interface StartedTokenizer {
  readonly tokenizer: FileTokenizer;
  /** Waits for the library. The result is a diagnostic (D530, D531) if it cannot load the tokenizer. */
  readonly loaded: Promise<Diagnostic | undefined>;
}

/**
 * Opens a tokenizer.json, or the one in a folder. If it declares no pad or eos, the `ids` of the model are used, with a
 * warning (D532). Returns D530 for an unusable file, and D531 if the library crashes on it.
 */
export async function openTokenizer(
  path: string,
  ids: ModelIds = FAIRSEQ_IDS,
  options: TokenizerOptions = {},
): Promise<Outcome<FileTokenizer>> {
  const started = await startTokenizer(path, ids, options);
  if (!started.value) return { diagnostics: started.diagnostics };
  const { tokenizer, loaded } = started.value;
  const problem = await loaded;
  if (!problem) return { value: tokenizer, diagnostics: started.diagnostics };
  await tokenizer.close();
  return { diagnostics: [problem] };
}

/** Does the same as `openTokenizer`, but does not wait for the library. */
export async function startTokenizer(
  path: string,
  ids: ModelIds = FAIRSEQ_IDS,
  options: TokenizerOptions = {},
): Promise<Outcome<StartedTokenizer>> {
  let library: Library | undefined;
  try {
    // Its process starts while the files are read.
    library = startLibrary();
    const file = await readTokenizer(path, ids);
    const loaded = load(library, file, options);
    const value = { tokenizer: tokenizerOf(library, file), loaded };
    return { value, diagnostics: aboutMissing(basename(file.path), file.special) };
  } catch (error) {
    await library?.close();
    if (error instanceof DiagnosticError) return { diagnostics: error.diagnostics };
    throw error;
  }
}

/** What the files of a tokenizer say. */
interface TokenizerFile {
  readonly path: string;
  readonly json: Json;
  readonly config: TokenizerConfig;
  readonly vocabulary: Vocabulary;
  readonly special: SpecialTokens;
}

async function readTokenizer(path: string, ids: ModelIds): Promise<TokenizerFile> {
  const paths = await tokenizerPaths(path);
  const json = await readObject(paths.tokenizer);
  const config = await readConfig(paths);
  const vocabulary = vocabularyOf(paths.tokenizer, json, config);
  checkNamed(config, (content) => vocabulary.ids.has(content));
  const special = specialTokens(config, vocabulary, ids);
  return { path: paths.tokenizer, json, config, vocabulary, special };
}

async function load(
  library: Library,
  { path, json, vocabulary, special }: TokenizerFile,
  { specialTokens: found = false }: TokenizerOptions,
): Promise<Diagnostic | undefined> {
  const whole = libraryFile(json, vocabulary);
  const file = found ? whole : withoutSpecial(whole, special.names);
  const added = file.added.map(({ content, id }) => [content, id] as const);
  try {
    await library.load({ json: textOf(path, file.json), added });
    return undefined;
  } catch (error) {
    const { diagnostics } = failure(basename(path), error, (why) => refusal(path, why));
    return diagnostics[0];
  }
}

function textOf(path: string, json: Json): string {
  try {
    return JSON.stringify(json);
  } catch (error) {
    // A RangeError: its objects are nested too deeply.
    return refuse(path, error instanceof Error ? error.message : 'it cannot be read');
  }
}

function tokenizerOf(library: Library, file: TokenizerFile): FileTokenizer {
  const { path, json, config, vocabulary, special } = file;
  const name = basename(path);
  const { tokens, size } = vocabulary;
  const spelling = spellingOf(json);
  const added = new Set(vocabulary.added.map(({ content }) => content));
  const answered = <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((error: unknown) => {
      throw failure(name, error, (why) => tokenizerFailure(name, why));
    });
  return {
    name,
    path,
    config: configText(config),
    size,
    special: special.ids,
    settles: settlingOf(json, config),
    joins: (id) => special.dropped.has(id) || isByte(tokens.get(id), spelling),
    encode: async (text) => encodedOf(text, await answered(library.encode(text)), special.ids.eos),
    async decode(ids) {
      const parts = partsOf(ids, special.dropped, (id) => tokens.has(id));
      const runs = parts.filter((part) => typeof part !== 'string');
      const texts = runs.length === 0 ? [] : [...(await answered(library.decode(runs)))];
      const clean = config.cleanUp ? cleanedUp : (text: string) => text;
      return parts.map((part) => (typeof part === 'string' ? part : clean(texts.shift()!))).join('');
    },
    piece(id) {
      const token = tokens.get(id);
      if (token === undefined) return placeholder(id);
      return added.has(token) ? token : showToken(token, spelling);
    },
    close: () => library.close(),
  };
}

/** The error for a failed call of the library; `refused` makes the one for a refusal. */
function failure(name: string, error: unknown, refused: (why: string) => DiagnosticError): DiagnosticError {
  if (error instanceof DiagnosticError) return error;
  if (error instanceof ProcessEnded) return tokenizerFailure(name, error.message);
  if (error instanceof LibraryRefusal) return refused(oneLine(error.message));
  throw error;
}

/** Warns about missing pad and eos tokens, whose ids are compiled into models. Models do not use bos and unk. */
function aboutMissing(name: string, { ids, missing }: SpecialTokens): Diagnostic[] {
  const roles = (['pad', 'eos'] as const).filter((role) => missing.includes(role));
  if (roles.length === 0) return [];
  const used = roles.map((role) => `no ${role}, ${ids[role]} is used`).join('; ');
  const help = 'name them in the tokenizer_config.json beside it: `pad_token` and `eos_token`';
  return [runtimeDiagnostic('D532', `tokenizer ${name} declares ${used}`, help, 'warning')];
}
