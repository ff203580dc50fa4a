/**
 * Reads `tokenizer.json` and the `tokenizer_config.json` beside it. The files are untrusted, so all assumptions of the
 * library are checked here. The library itself refuses unknown parts.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DiagnosticError } from '../../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../../pipeline/codes.ts';
import { readTextFile } from '../files.ts';

/** The maximum size of a file. The largest tokenizers in use (256,000 words with merges) have about 35 MB. */
const MAX_BYTES = 128 << 20;
const MAX_CONFIG_BYTES = 16 << 20;
/** The upper bound of ids. They are limited because they are indices of arrays, in the library and in embeddings. */
const MAX_ID = 1 << 24;

export type Json = Readonly<Record<string, unknown>>;

export interface TokenizerJson {
  readonly path: string;
  /** The path of the configuration; absent if there is none. */
  readonly configPath?: string;
  readonly tokenizer: Json;
  /** The parts of the configuration that the library and this folder use, with tokens as plain strings. */
  readonly config: Json;
  readonly vocabulary: ReadonlyMap<string, number>;
}

/** The path of the configuration: for `NAME.tokenizer.json` of an artifact, `NAME.tokenizer_config.json`. */
const configPathOf = (file: string): string =>
  join(
    dirname(file),
    /tokenizer\.json$/.test(file)
      ? basename(file).replace(/\.json$/, '_config.json')
      : 'tokenizer_config.json',
  );

/** Reads a tokenizer from its file, or from the folder that contains it. Throws DiagnosticError. */
export async function readTokenizerJson(path: string): Promise<TokenizerJson> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = isFolder ? join(path, 'tokenizer.json') : path;
  const tokenizer = await readObject(file, MAX_BYTES);
  const model = tokenizer.model;
  if (!isJson(model)) return refuse(file, 'it has no `model`');
  const vocabulary = vocabularyOf(file, model);
  checkMerges(file, model);
  for (const [content, id] of addedTokens(file, tokenizer)) vocabulary.set(content, id);

  const configPath = configPathOf(file);
  const hasConfig = await stat(configPath).then(
    (found) => found.isFile(),
    () => false,
  );
  const config = hasConfig ? await readObject(configPath, MAX_CONFIG_BYTES) : {};
  return {
    path: file,
    ...(hasConfig && { configPath }),
    // The library requires these members, although the format allows them to be absent.
    tokenizer: {
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      added_tokens: [],
      ...tokenizer,
    },
    config: pickConfig(config, model),
    vocabulary,
  };
}

async function readObject(path: string, maxBytes: number): Promise<Json> {
  const { value, diagnostics } = await readTextFile(path, maxBytes, { regular: true });
  if (!value) throw new DiagnosticError(...diagnostics);
  let json: unknown;
  try {
    json = JSON.parse(value.text);
  } catch (error) {
    return refuse(
      path,
      `it is not JSON (${error instanceof Error ? error.message.slice(0, 80) : 'unreadable'})`,
    );
  }
  return isJson(json) ? json : refuse(path, 'it is not a JSON object');
}

function vocabularyOf(path: string, model: Json): Map<string, number> {
  const { vocab } = model;
  if (Array.isArray(vocab)) {
    // A Unigram vocabulary is a list of pairs of piece and score. The id of a piece is its index.
    const pairs = vocab.every(
      (pair) => Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'number',
    );
    if (!pairs || vocab.length === 0) return refuse(path, '`model.vocab` is not a list of pieces and scores');
    if (vocab.length > MAX_ID)
      return refuse(path, `it has ${vocab.length} words, but at most ${MAX_ID} are allowed`);
    const unk = model.unk_id ?? null;
    if (unk !== null && !(isId(unk) && unk < vocab.length))
      return refuse(path, '`model.unk_id` is not one of its ids');
    return new Map(vocab.map(([piece]: [string, number], id) => [piece, id]));
  }
  if (!isJson(vocab)) return refuse(path, '`model.vocab` is missing');
  const entries = Object.entries(vocab);
  const wrong = entries.find(([, id]) => !isId(id));
  if (wrong) return refuse(path, `the id of ${JSON.stringify(wrong[0].slice(0, 40))} is not a usable number`);
  return new Map(entries as [string, number][]);
}

function checkMerges(path: string, { type, merges }: Json): void {
  if (type !== 'BPE' && merges === undefined) return;
  const isMerge = (merge: unknown): boolean =>
    typeof merge === 'string' ||
    (Array.isArray(merge) && merge.length === 2 && merge.every((part) => typeof part === 'string'));
  if (!Array.isArray(merges) || !merges.every(isMerge)) refuse(path, '`model.merges` is not a list of pairs');
}

function addedTokens(path: string, { added_tokens: tokens = [] }: Json): [string, number][] {
  if (!Array.isArray(tokens)) return refuse(path, '`added_tokens` is not a list');
  return tokens.map((token: unknown): [string, number] => {
    if (!isJson(token) || typeof token.content !== 'string' || token.content === '' || !isId(token.id)) {
      return refuse(path, 'an added token lacks its content or a usable id');
    }
    return [token.content, token.id];
  });
}

function pickConfig(config: Json, model: Json): Json {
  const picked: Record<string, unknown> = {};
  for (const key of ['remove_space', 'do_lowercase_and_remove_accent', 'clean_up_tokenization_spaces']) {
    if (typeof config[key] === 'boolean') picked[key] = config[key];
  }
  // The library's default would join punctuation to words, even for tokenizers that preserve the text exactly.
  picked.clean_up_tokenization_spaces ??= false;
  for (const key of ['bos_token', 'eos_token', 'pad_token', 'unk_token', 'cls_token', 'sep_token']) {
    const token = config[key];
    const content = isJson(token) ? token.content : token;
    if (typeof content === 'string') picked[key] = content;
  }
  if (picked.unk_token === undefined && typeof model.unk_token === 'string')
    picked.unk_token = model.unk_token;
  return picked;
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < MAX_ID;
}

export function refuse(path: string, why: string): never {
  const help = 'it should be the `tokenizer.json` of a Hugging Face fast tokenizer';
  throw new DiagnosticError(runtimeDiagnostic('D530', `${path} is not a usable tokenizer: ${why}`, help));
}
