/**
 * Reads `tokenizer_config.json` and `special_tokens_map.json`: which tokens have special roles, and which tokens
 * transformers adds to those of `tokenizer.json`.
 */
import { basename } from 'node:path';
import { DiagnosticError } from '../../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../../pipeline/codes.ts';
import { isJson, type Json, quoted, readIfPresent, type TokenizerPaths } from './tokenizer_file.ts';

export const ROLES = ['bos', 'eos', 'pad', 'unk', 'cls', 'sep'] as const;
export type Role = (typeof ROLES)[number];

/** A token that is matched in texts before the model of the tokenizer sees them, as in `added_tokens`. */
export interface AddedToken {
  /** The id in the file. The library numbers added tokens itself. */
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

export interface NamedToken {
  readonly content: string;
  /** The key and the file that name the token, for messages. */
  readonly key: string;
  readonly path: string;
}

export interface TokenizerConfig {
  readonly roles: Readonly<Partial<Record<Role, NamedToken>>>;
  /** The tokens of `added_tokens_decoder`, in the order of their ids. */
  readonly added: readonly AddedToken[];
  /** Whether decoded texts lose the spaces before punctuation and contractions. */
  readonly cleanUp: boolean;
}

/** Reads both files; each may be absent. The first one has precedence. Throws DiagnosticError (D530, files). */
export async function readConfig(paths: TokenizerPaths): Promise<TokenizerConfig> {
  const config = (await readIfPresent(paths.config)) ?? {};
  const map = (await readIfPresent(paths.specialTokens)) ?? {};
  const named = ROLES.flatMap((role) => {
    const token = namedIn(paths.config, config, role) ?? namedIn(paths.specialTokens, map, role);
    return token ? [[role, token] as const] : [];
  });
  return {
    roles: Object.fromEntries(named),
    added: addedIn(paths.config, config),
    cleanUp: config.clean_up_tokenization_spaces === true,
  };
}

/** The content of a `tokenizer_config.json` that means the same as both files. */
export function configText({ roles, added, cleanUp }: TokenizerConfig): string {
  const tokens = Object.values(roles).map(({ key, content }) => [key, content] as const);
  const json = {
    ...Object.fromEntries(tokens),
    ...(added.length > 0 && { added_tokens_decoder: decoderOf(added) }),
    clean_up_tokenization_spaces: cleanUp,
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

const decoderOf = (added: readonly AddedToken[]): Json =>
  Object.fromEntries(added.map(({ id, ...token }) => [id, token]));

function namedIn(path: string, json: Json, role: Role): NamedToken | undefined {
  const key = `${role}_token`;
  const token = json[key] ?? null;
  const content = isJson(token) ? token.content : token;
  if (content === null || content === '') return undefined;
  return typeof content === 'string'
    ? { content, key, path }
    : refuseConfig(path, `its \`${key}\` is neither a text nor an object with a text as \`content\``);
}

function refuseConfig(
  path: string,
  why: string,
  help = 'it should be a file that `tokenizer.save_pretrained` writes',
): never {
  throw new DiagnosticError(runtimeDiagnostic('D530', `${path} cannot be used: ${why}`, help));
}

function addedIn(path: string, { added_tokens_decoder: decoder }: Json): AddedToken[] {
  if (decoder === undefined || decoder === null) return [];
  if (!isJson(decoder)) return refuseConfig(path, 'its `added_tokens_decoder` is not an object');
  const entries = Object.entries(decoder).map(([id, token]): AddedToken => {
    if (!/^\d+$/.test(id) || !isJson(token) || typeof token.content !== 'string' || token.content === '')
      return refuseConfig(path, `the entry ${quoted(id)} of its \`added_tokens_decoder\` is no token`);
    const flag = (name: string, otherwise: boolean): boolean =>
      typeof token[name] === 'boolean' ? token[name] : otherwise;
    const special = flag('special', false);
    return {
      id: Number(id),
      content: token.content,
      single_word: flag('single_word', false),
      lstrip: flag('lstrip', false),
      rstrip: flag('rstrip', false),
      normalized: flag('normalized', !special),
      special,
    };
  });
  return entries.toSorted((a, b) => a.id - b.id);
}

/** D530 if the configuration names a token that the tokenizer does not have. */
export function checkNamed({ roles }: TokenizerConfig, has: (content: string) => boolean): void {
  for (const { content, key, path } of Object.values(roles)) {
    if (has(content)) continue;
    const why = `its \`${key}\` is ${quoted(content)}, but neither the vocabulary nor the added tokens contain it`;
    refuseConfig(path, why, `correct ${basename(path)}, or use the tokenizer.json that belongs to it`);
  }
}
