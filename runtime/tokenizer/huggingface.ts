/**
 * Hugging Face tokenizers, by the library @huggingface/tokenizers. This module adds checks of the untrusted file, a time
 * limit for every call, the model's convention (an eos after the text, nothing before it), the position of each token in
 * the text, and a text for every id.
 */
import { basename } from 'node:path';
import { Tokenizer as Library } from '@huggingface/tokenizers';
import type { SpecialIds as ModelIds } from '../../compiler/model/lowering.ts';
import { type Diagnostic, DiagnosticError, type Outcome } from '../../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../../pipeline/codes.ts';
import { align } from './align.ts';
import { groupTokens, type Spelling, showToken } from './surface.ts';
import {
  type Encoded,
  FAIRSEQ_IDS,
  placeholder,
  type SpecialIds,
  type Tokenizer,
  tokenizerFailure,
} from './tokenizer.ts';
import { isJson, type Json, readTokenizerJson, refuse, type TokenizerJson } from './tokenizer_json.ts';
import { OutOfTime, withinTime } from './within_time.ts';

/** The time limit of a call, and the extra time for each million characters. Working tokenizers need a tenth of it. */
const PATIENCE_MS = 10_000;

/** The usual names of special tokens, for files whose configuration does not name them. */
const USUAL: Readonly<Record<keyof SpecialIds, readonly string[]>> = {
  bos: ['<s>', '[CLS]', '<bos>', '<|begin_of_text|>', '<|startoftext|>'],
  pad: ['<pad>', '[PAD]', '<|pad|>'],
  eos: ['</s>', '[SEP]', '<eos>', '<|end_of_text|>', '<|endoftext|>'],
  unk: ['<unk>', '[UNK]'],
};

/** A tokenizer and the files that it was made from. */
export interface FileTokenizer extends Tokenizer {
  readonly path: string;
  readonly configPath?: string;
}

/**
 * Opens a tokenizer.json, or the one in a folder. If it declares no pad or eos, the `ids` of the model are used, with a
 * warning (D532). Returns D530 for an unusable file.
 */
export async function openTokenizer(
  path: string,
  ids: ModelIds = FAIRSEQ_IDS,
): Promise<Outcome<FileTokenizer>> {
  try {
    const json = await readTokenizerJson(path);
    const library = build(json);
    const special = specialIds(json, ids);
    const { configPath } = json;
    const value: FileTokenizer = {
      ...wrap(json, library, special.ids),
      path: json.path,
      ...(configPath !== undefined && { configPath }),
    };
    return { value, diagnostics: aboutMissing(value.name, special) };
  } catch (error) {
    if (error instanceof DiagnosticError) return { diagnostics: error.diagnostics };
    throw error;
  }
}

function build({ path, tokenizer, config }: TokenizerJson): Library {
  try {
    return withinTime(2 * PATIENCE_MS, () => new Library(tokenizer, config));
  } catch (error) {
    return refuse(path, reason(error));
  }
}

function wrap(json: TokenizerJson, library: Library, special: SpecialIds): Tokenizer {
  const name = basename(json.path);
  const spelling = spellingOf(json);
  const added = new Set(library.get_added_tokens_decoder().keys());
  const skipped = new Set([special.bos, special.pad, special.eos]);
  const guarded = <T>(length: number, job: () => T): T => {
    try {
      return withinTime(PATIENCE_MS * (1 + Math.ceil(length / 1e6)), job);
    } catch (error) {
      throw tokenizerFailure(name, reason(error));
    }
  };

  const encode = (text: string): Encoded => {
    const { ids, tokens } = guarded(text.length, () => library.encode(text, { add_special_tokens: false }));
    // The library returns `undefined` for words outside the vocabulary if there is no unknown token.
    const known = ids.map((id: number | undefined) => id ?? special.unk);
    const spans = align(text, groupTokens(tokens, spelling));
    known.push(special.eos);
    return spans ? { ids: known, spans: withEos(spans, text.length) } : { ids: known };
  };

  const decode = (ids: readonly number[]): string => {
    let text = '';
    let run: number[] = [];
    const flush = (): void => {
      if (run.length > 0)
        text += guarded(run.length, () => library.decode(run, { skip_special_tokens: true }));
      run = [];
    };
    for (const id of ids) {
      if (skipped.has(id)) continue;
      if (library.id_to_token(id) !== undefined) run.push(id);
      else {
        flush();
        text += placeholder(id);
      }
    }
    flush();
    return text;
  };

  const piece = (id: number): string => {
    const token = library.id_to_token(id);
    if (token === undefined) return placeholder(id);
    return added.has(id) ? token : showToken(token, spelling);
  };

  const size = 1 + [...json.vocabulary.values()].reduce((most, id) => Math.max(most, id), -1);
  return { name, size, special, encode, decode, piece, settles: settlingOf(json) };
}

function withEos(spans: Uint32Array, end: number): Uint32Array {
  const longer = new Uint32Array(spans.length + 2).fill(end);
  longer.set(spans);
  return longer;
}

function spellingOf({ tokenizer, config }: TokenizerJson): Spelling {
  const model = tokenizer.model as Json;
  const parts = [...steps(tokenizer.pre_tokenizer), ...steps(tokenizer.decoder)];
  const wordPiece = model.type === 'WordPiece' || parts.some(({ type }) => type === 'WordPiece');
  const text = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);
  return {
    byteLevel: parts.some(({ type }) => type === 'ByteLevel'),
    byteFallback: model.byte_fallback === true,
    prefix: text(model.continuing_subword_prefix, wordPiece ? '##' : ''),
    suffix: text(model.end_of_word_suffix, ''),
    unknown: typeof model.unk_token === 'string' ? model.unk_token : (config.unk_token as string | undefined),
  };
}

/**
 * Decoders for which further ids can change a decoded text only at its last, incomplete character, so that all text
 * before it is settled.
 */
const PLAIN: Readonly<Record<string, (step: Json) => boolean>> = {
  ByteLevel: () => true,
  ByteFallback: () => true,
  Metaspace: () => true,
  Fuse: () => true,
  Strip: ({ stop }) => (stop ?? 0) === 0,
  Replace: ({ pattern }) =>
    isJson(pattern) && typeof pattern.String === 'string' && pattern.String.length === 1,
};

/** The part of a decoded text that further ids can change. The clean-up removes spaces depending on the next words. */
const settlingOf = ({ tokenizer, config }: TokenizerJson): 'characters' | 'words' => {
  const decoders = steps(tokenizer.decoder);
  const plain = decoders.length > 0 && decoders.every((step) => PLAIN[String(step.type)]?.(step) ?? false);
  return plain && config.clean_up_tokenization_spaces === false ? 'characters' : 'words';
};

/** The steps of a pre-tokenizer or a decoder, which may be a sequence of steps or a single step. */
function steps(step: unknown): Json[] {
  if (!isJson(step)) return [];
  const inner = step.pretokenizers ?? step.decoders;
  return Array.isArray(inner) ? inner.filter(isJson) : [step];
}

interface FoundSpecial {
  readonly ids: SpecialIds;
  readonly missing: readonly (keyof SpecialIds)[];
}

function specialIds({ config, vocabulary }: TokenizerJson, model: ModelIds): FoundSpecial {
  const missing: (keyof SpecialIds)[] = [];
  const find = (role: keyof SpecialIds): number => {
    const named = config[`${role}_token`];
    const names = [...(typeof named === 'string' ? [named] : []), ...USUAL[role]];
    const name = names.find((candidate) => vocabulary.has(candidate));
    if (name !== undefined) return vocabulary.get(name)!;
    missing.push(role);
    return { ...FAIRSEQ_IDS, pad: model.pad, eos: model.eos }[role];
  };
  return { ids: { bos: find('bos'), pad: find('pad'), eos: find('eos'), unk: find('unk') }, missing };
}

/** Warns about missing pad and eos tokens, whose ids are compiled into models. Models do not use bos and unk. */
function aboutMissing(name: string, { ids, missing }: FoundSpecial): Diagnostic[] {
  const roles = (['pad', 'eos'] as const).filter((role) => missing.includes(role));
  if (roles.length === 0) return [];
  const used = roles.map((role) => `no ${role}, ${ids[role]} is used`).join('; ');
  const help = 'name them in the tokenizer_config.json beside it: `pad_token` and `eos_token`';
  return [runtimeDiagnostic('D532', `tokenizer ${name} declares ${used}`, help, 'warning')];
}

/** The library's message, on one short line. */
function reason(error: unknown): string {
  if (error instanceof OutOfTime) return `${error.message}; its patterns are too slow`;
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\s+/g, ' ').slice(0, 200);
}
