/** Opens an artifact: reads its metadata, opens its tokenizer and a session, and checks that these three fit together. */
import { dirname, join } from 'node:path';
import type { Model } from '../compiler/onnx/model.ts';
import type { Diagnostic, Outcome } from '../dsl/diagnostics.ts';
import { TARGETS, type Target } from '../passes/pass.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { ENTRY_PORTS, misfitOf } from '../pipeline/entry_ports.ts';
import { type ArtifactInfo, damageOf, infoFrom } from '../pipeline/metadata.ts';
import { type OptionRules, SIGNAL, SWITCH, TOKENIZER } from '../pipeline/options.ts';
import { refusedTokenizer } from './beside.ts';
import { type Closable, closedTogether } from './closing.ts';
import { refusedData } from './data_locations.ts';
import { mismatchedData } from './data_mark.ts';
import { findDevice } from './device.ts';
import { loadingProblems } from './loading_limits.ts';
import { metadataIn, readModel } from './model_file.ts';
import { placementDiagnostics } from './placement.ts';
import { openSession, SESSION_OPTIONS, type Session, type SessionOptions } from './session.ts';
import { byteTokenizer } from './tokenizer/bytes.ts';
import { type StartedTokenizer, startTokenizer, type TokenizerOptions } from './tokenizer/huggingface.ts';
import { checkSpecial, checkVocabulary, type Tokenizer } from './tokenizer/tokenizer.ts';

export interface LoadOptions extends SessionOptions {
  /** A tokenizer, or the path of a `tokenizer.json`. Default: the tokenizer that the artifact names. */
  readonly tokenizer?: string | Tokenizer;
  /**
   * Whether special tokens in a document become their ids. By default they are ordinary text. Only for a tokenizer that
   * is opened from a file here.
   */
  readonly specialTokens?: boolean;
  readonly signal?: AbortSignal;
}

export const LOAD_OPTIONS: OptionRules<LoadOptions> = {
  ...SESSION_OPTIONS,
  tokenizer: TOKENIZER,
  specialTokens: SWITCH,
  signal: SIGNAL,
};

export interface OpenArtifact extends Closable {
  readonly info: ArtifactInfo;
  readonly tokenizer: Tokenizer;
  readonly session: Session;
  /** The warnings of opening. */
  readonly warnings: readonly Diagnostic[];
}

/** A tokenizer for an artifact, which may still load. Closing it does nothing if the caller has opened it. */
interface FoundTokenizer extends Closable {
  readonly tokenizer: Tokenizer;
  readonly loaded?: StartedTokenizer['loaded'];
}

const notOwned = (tokenizer: Tokenizer): Outcome<FoundTokenizer> => ({
  value: { tokenizer, close: async () => {} },
  diagnostics: [],
});

async function tokenizerFor(
  path: string,
  info: ArtifactInfo,
  { tokenizer: asked, specialTokens = false }: LoadOptions,
): Promise<Outcome<FoundTokenizer>> {
  const open = async (file: string, options: TokenizerOptions): Promise<Outcome<FoundTokenizer>> => {
    const { value, diagnostics } = await startTokenizer(file, info.ids, options);
    return { ...(value && { value: { ...value, close: () => value.tokenizer.close() } }), diagnostics };
  };
  if (typeof asked === 'object') return notOwned(asked);
  if (asked) return open(asked, { specialTokens });
  const name = info.tokenizer;
  if (name === 'bytes' || name === '') return notOwned(byteTokenizer);
  const refused = await refusedTokenizer(path, name);
  if (refused) return { diagnostics: [refused] };
  return open(join(dirname(path), name), { specialTokens });
}

export async function openArtifact(path: string, options: LoadOptions = {}): Promise<Outcome<OpenArtifact>> {
  const read = await readModel(path);
  if (!read.value) return { diagnostics: read.diagnostics };
  const info = infoFrom(metadataIn(read.value));
  if (!info) {
    const damage = damageOf(read.value.producerName, metadataIn(read.value));
    const message =
      damage === undefined
        ? `${path} was not compiled by Benben: it has no metadata of a model`
        : `${path} was compiled by Benben, but its metadata are damaged: ${damage}`;
    return { diagnostics: [runtimeDiagnostic('D554', message, 'compile its source')] };
  }
  const harmful = loadingProblems(path, read.value);
  if (harmful.length > 0) return { diagnostics: harmful };
  const found = await tokenizerFor(path, info, options);
  if (!found.value) return { diagnostics: found.diagnostics };
  const { value: model } = read;
  return closedTogether(found.value, () => openWith(path, model, info, found, options));
}

/** Opens a session, while the tokenizer loads. */
async function openWith(
  path: string,
  model: Model,
  info: ArtifactInfo,
  found: Outcome<FoundTokenizer>,
  options: LoadOptions,
): Promise<Outcome<OpenArtifact>> {
  const { tokenizer, loaded } = found.value!;
  const misfit = [...checkVocabulary(tokenizer, info.spec.vocabulary), ...checkSpecial(tokenizer, info.ids)];
  if (misfit.length > 0) return { diagnostics: [...found.diagnostics, ...misfit] };
  const refused = (await refusedData(path, model)) ?? (await mismatchedData(path, model));
  if (refused) return { diagnostics: [refused] };
  const device = await findDevice(options.device ?? 'auto', targetOf(info));
  if (!device.value) return { diagnostics: device.diagnostics };
  const misplaced = placementDiagnostics(path, model, device.value);
  if (misplaced.some(({ severity }) => severity === 'error')) return { diagnostics: misplaced };
  const opened = await openSession(path, { ...options, device: device.value.name }, options.signal);
  if (!opened.value) return { diagnostics: opened.diagnostics };
  const session = opened.value;
  const problem = (await loaded) ?? claimProblem(path, info, session);
  if (problem) {
    await session.close();
    return { diagnostics: [problem] };
  }
  const warnings = [...found.diagnostics, ...misplaced, ...opened.diagnostics];
  return {
    value: { info, tokenizer, session, warnings, close: () => session.close() },
    diagnostics: warnings,
  };
}

/** The target that an artifact was compiled for, or undefined if this version of Benben does not have that target. */
const targetOf = ({ target }: ArtifactInfo): Target | undefined => TARGETS.find((name) => name === target);

/** D554 if the session's ports do not match the entry in the file's metadata. */
function claimProblem(path: string, { entry }: ArtifactInfo, session: Session): Diagnostic | undefined {
  const { inputs, outputs } = ENTRY_PORTS[entry];
  const input = misfitOf(inputs, session.inputs);
  const output = misfitOf(outputs, session.outputs);
  if (input === undefined && output === undefined) return undefined;
  const what = input === undefined ? `output ${output}` : `input ${input}`;
  const message = `the metadata of ${path} name the entry '${entry}', but its graph does not match: ${what}`;
  return runtimeDiagnostic('D554', message, 'compile it again');
}
