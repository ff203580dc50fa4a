/** The ids of a tokenizer: those of its model, and those that the library gives to added tokens. */
import type { AddedToken, TokenizerConfig } from './tokenizer_config.ts';
import { isJson, type Json, quoted, refuse } from './tokenizer_file.ts';

/** The upper bound of ids. They are limited because they are indices of embeddings. */
const MAX_ID = 1 << 24;

export interface Vocabulary {
  /** The ids of the model, without added tokens. */
  readonly model: ReadonlyMap<string, number>;
  /** The added tokens of all files, in the order in which the library gets them. */
  readonly added: readonly AddedToken[];
  /** The id of every token. */
  readonly ids: ReadonlyMap<string, number>;
  /** The token of every id. */
  readonly tokens: ReadonlyMap<number, string>;
  /** All ids are below this number, including those that only the post-processor uses. */
  readonly size: number;
}

/** Collects the ids of a `tokenizer.json` and its configuration. Throws DiagnosticError (D530). */
export function vocabularyOf(path: string, json: Json, config: TokenizerConfig): Vocabulary {
  const { model: settings } = json;
  if (!isJson(settings)) return refuse(path, 'it has no `model`');
  const pieces = modelPieces(path, settings);
  const model = new Map(pieces);
  const own = addedTokens(path, json);
  const added = [...own, ...lacking(config, model, own)];
  const numbered = numberedAs(added, model, Array.isArray(settings.vocab) ? pieces.length : model.size);
  const all = [...pieces, ...numbered];
  const highest = [...all.map(([, id]) => id), ...templateIds(json.post_processor)];
  return {
    model,
    added,
    ids: new Map(all),
    tokens: new Map(all.map(([content, id]) => [id, content])),
    size: 1 + highest.reduce((most, id) => Math.max(most, id), -1),
  };
}

function modelPieces(path: string, model: Json): [string, number][] {
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
    return vocab.map(([piece]: [string, number], id) => [piece, id]);
  }
  if (!isJson(vocab)) return refuse(path, '`model.vocab` is missing');
  const entries = Object.entries(vocab);
  const wrong = entries.find(([, id]) => !isId(id));
  if (wrong) return refuse(path, `the id of ${quoted(wrong[0])} is not a usable number`);
  return entries as [string, number][];
}

function addedTokens(path: string, { added_tokens: tokens }: Json): AddedToken[] {
  if (tokens === undefined || tokens === null) return [];
  if (!Array.isArray(tokens)) return refuse(path, '`added_tokens` is not a list');
  const usable = (token: unknown): boolean =>
    isJson(token) && typeof token.content === 'string' && token.content !== '' && isId(token.id);
  // The library checks the flags.
  if (!tokens.every(usable)) return refuse(path, 'an added token lacks its content or a usable id');
  return tokens as AddedToken[];
}

/** The tokens that the configuration adds: those with flags, and those that have a role but are only in the vocabulary. */
function lacking(
  { added, roles }: TokenizerConfig,
  model: ReadonlyMap<string, number>,
  own: readonly AddedToken[],
): AddedToken[] {
  const known = new Set(own.map(({ content }) => content));
  const more = added.filter(({ content }) => !known.has(content));
  for (const { content } of more) known.add(content);
  const named = new Set(Object.values(roles).map(({ content }) => content));
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const special = [...named]
    .filter((content) => !known.has(content) && model.has(content))
    .map((content) => ({ id: model.get(content)!, content, ...flags }));
  return [...more, ...special];
}

/** Numbers added tokens as the library does: a token that the model lacks gets the next id after all others. */
function numberedAs(
  added: readonly AddedToken[],
  model: ReadonlyMap<string, number>,
  size: number,
): readonly [string, number][] {
  const ids = new Map<string, number>();
  let highest = -1;
  for (const { content } of added) {
    const next = highest >= size ? highest + 1 : size;
    const id = ids.get(content) ?? model.get(content) ?? (size === 0 ? highest + 1 : next);
    ids.set(content, id);
    highest = Math.max(highest, id);
  }
  return [...ids];
}

/** The ids that a post-processor may add to those of a text. */
function templateIds(processor: unknown): number[] {
  if (!isJson(processor)) return [];
  const { processors, special_tokens: tokens, sep, cls } = processor;
  const inner = Array.isArray(processors) ? processors.flatMap(templateIds) : [];
  const listed = isJson(tokens)
    ? Object.values(tokens).flatMap((token) => (isJson(token) ? token.ids : []))
    : [];
  const pairs = [sep, cls].flatMap((pair) => (Array.isArray(pair) ? [pair[1]] : []));
  return [...inner, ...listed, ...pairs].filter((id) => typeof id === 'number');
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < MAX_ID;
}
