/** The tokens of a tokenizer that are not text: which they are, and how the library is kept from finding them in texts. */
import { randomUUID } from 'node:crypto';
import type { SpecialIds as ModelIds } from '../../compiler/model/lowering.ts';
import { FAIRSEQ_IDS, type SpecialIds } from './tokenizer.ts';
import type { AddedToken, Role, TokenizerConfig } from './tokenizer_config.ts';
import type { Json } from './tokenizer_file.ts';
import type { Vocabulary } from './vocabulary.ts';

type MainRole = keyof SpecialIds;

/** The usual names of special tokens, for files whose configuration does not name them. */
const USUAL: Readonly<Record<MainRole, readonly string[]>> = {
  bos: ['<s>', '[CLS]', '<bos>', '<|begin_of_text|>', '<|startoftext|>'],
  pad: ['<pad>', '[PAD]', '<|pad|>'],
  eos: ['</s>', '[SEP]', '<eos>', '<|end_of_text|>', '<|endoftext|>'],
  unk: ['<unk>', '[UNK]'],
};

/** The roles of a configuration that may define each of ours, in the order of precedence. */
const CONFIGURED: Readonly<Record<MainRole, readonly Role[]>> = {
  bos: ['bos', 'cls'],
  pad: ['pad'],
  eos: ['eos', 'sep'],
  unk: ['unk'],
};

export interface SpecialTokens {
  readonly ids: SpecialIds;
  /** The roles that no file defines. Their ids are the model's. */
  readonly missing: readonly MainRole[];
  /** The tokens that a text does not contain unless it is asked for. */
  readonly names: ReadonlySet<string>;
  /** The ids that decoding leaves out. */
  readonly dropped: ReadonlySet<number>;
}

export function specialTokens(
  { roles }: TokenizerConfig,
  { ids: known, added }: Vocabulary,
  model: ModelIds,
): SpecialTokens {
  const nameOf = (role: MainRole): string | undefined =>
    [...CONFIGURED[role].map((one) => roles[one]?.content), ...USUAL[role]].find(
      (name) => name !== undefined && known.has(name),
    );
  const found = { bos: nameOf('bos'), pad: nameOf('pad'), eos: nameOf('eos'), unk: nameOf('unk') };
  const idOf = (role: MainRole): number =>
    found[role] === undefined ? { ...FAIRSEQ_IDS, ...model }[role] : known.get(found[role])!;
  const ids = { bos: idOf('bos'), pad: idOf('pad'), eos: idOf('eos'), unk: idOf('unk') };
  const names = new Set(
    [
      ...added.filter(({ special }) => special).map(({ content }) => content),
      ...Object.values(roles).map(({ content }) => content),
      ...[found.bos, found.pad, found.eos],
    ].filter((name) => name !== undefined),
  );
  return {
    ids,
    missing: (['bos', 'pad', 'eos', 'unk'] as const).filter((role) => found[role] === undefined),
    names,
    dropped: new Set([ids.pad, ids.eos, ...[...names].map((name) => known.get(name)!)]),
  };
}

/** What the library loads. */
export interface LibraryFile {
  readonly json: Json;
  /** The added tokens, with the ids that the library gives them. */
  readonly added: readonly AddedToken[];
}

/** The file with the added tokens of the configuration, and without settings that change ids at random or by length. */
export function libraryFile(json: Json, vocabulary: Vocabulary): LibraryFile {
  const model = json.model as Json;
  const added = vocabulary.added.map((token) => ({ ...token, id: vocabulary.ids.get(token.content)! }));
  return {
    json: {
      // The library requires these members, although the format allows them to be absent, and refuses all others.
      version: json.version ?? '1.0',
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: json.normalizer ?? null,
      pre_tokenizer: json.pre_tokenizer ?? null,
      post_processor: json.post_processor ?? null,
      decoder: json.decoder ?? null,
      model: 'dropout' in model ? { ...model, dropout: null } : model,
    },
    added,
  };
}

/**
 * The file with names for special tokens that no text contains. The ids stay, because post-processors contain ids and
 * the library numbers added tokens by their order. A token that the model needs, since merges or bytes refer to it,
 * keeps its name; it is no longer an added token.
 */
export function withoutSpecial({ json, added }: LibraryFile, names: ReadonlySet<string>): LibraryFile {
  const model = json.model as Json;
  const needed = neededNames(model);
  const nonce = randomUUID();
  const hidden = new Map(
    [...names].filter((name) => !needed(name)).map((name, i) => [name, `\u{F8FE}${nonce} ${i}`]),
  );
  const renamed = (name: string): string => hidden.get(name) ?? name;
  const kept = added
    .filter(({ content }) => hidden.has(content) || !names.has(content))
    .map((token) => ({ ...token, content: renamed(token.content) }));
  const { vocab, unk_token: unknown } = model;
  return {
    json: {
      ...json,
      added_tokens: kept,
      model: {
        ...model,
        vocab: Array.isArray(vocab)
          ? vocab.map(([piece, score]: [string, number]) => [renamed(piece), score])
          : Object.fromEntries(Object.entries(vocab as Json).map(([name, id]) => [renamed(name), id])),
        ...(typeof unknown === 'string' && { unk_token: renamed(unknown) }),
      },
    },
    added: kept,
  };
}

/** Whether the model refers to a token by its name, apart from `unk_token`. */
function neededNames(model: Json): (name: string) => boolean {
  const prefix = typeof model.continuing_subword_prefix === 'string' ? model.continuing_subword_prefix : '';
  const merges = Array.isArray(model.merges) ? (model.merges as unknown[]) : [];
  const inMerges = new Set(
    merges.flatMap((merge) => {
      const parts = typeof merge === 'string' ? merge.split(' ') : merge;
      const [left, right] = Array.isArray(parts) ? (parts as unknown[]) : [];
      if (typeof left !== 'string' || typeof right !== 'string') return [];
      return [left, right, left + right, left + right.slice(prefix.length)];
    }),
  );
  const isByte = (name: string): boolean => model.byte_fallback === true && /^<0x[0-9A-F]{2}>$/.test(name);
  return (name) => inMerges.has(name) || isByte(name);
}
