/** Opens an artifact: reads its metadata, opens its tokenizer and a session, and checks that these three fit together. */
import { dirname, isAbsolute, join } from 'node:path';
import type { Diagnostic, Outcome } from '../dsl/diagnostics.ts';
import { TARGETS, type Target } from '../passes/pass.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { ENTRY_PORTS, misfitOf } from '../pipeline/entry_ports.ts';
import { type ArtifactInfo, damageOf, infoFrom } from '../pipeline/metadata.ts';
import { type OptionRules, SIGNAL, TOKENIZER } from '../pipeline/options.ts';
import { blockedData, metadataIn, readModel } from './artifact.ts';
import { mismatchedData } from './data_mark.ts';
import { findDevice } from './device.ts';
import { placementDiagnostics } from './placement.ts';
import { openSession, SESSION_OPTIONS, type Session, type SessionOptions } from './session.ts';
import { byteTokenizer } from './tokenizer/bytes.ts';
import { openTokenizer } from './tokenizer/huggingface.ts';
import { checkSpecial, checkVocabulary, type Tokenizer } from './tokenizer/tokenizer.ts';

export interface LoadOptions extends SessionOptions {
  /** A tokenizer, or the path of a `tokenizer.json`. Default: the tokenizer that the artifact names. */
  readonly tokenizer?: string | Tokenizer;
  readonly signal?: AbortSignal;
}

export const LOAD_OPTIONS: OptionRules<LoadOptions> = {
  ...SESSION_OPTIONS,
  tokenizer: TOKENIZER,
  signal: SIGNAL,
};

export interface OpenArtifact {
  readonly info: ArtifactInfo;
  readonly tokenizer: Tokenizer;
  readonly session: Session;
  /** The warnings of opening. */
  readonly warnings: readonly Diagnostic[];
}

async function tokenizerFor(
  path: string,
  info: ArtifactInfo,
  asked?: string | Tokenizer,
): Promise<Outcome<Tokenizer>> {
  if (typeof asked === 'object') return { value: asked, diagnostics: [] };
  if (asked) return openTokenizer(asked, info.ids);
  const name = info.tokenizer;
  if (name === 'bytes' || name === '') return { value: byteTokenizer, diagnostics: [] };
  if (isAbsolute(name) || name.split(/[\\/]/).includes('..')) {
    const message = `${path} names a tokenizer outside its own folder: ${name}`;
    return {
      diagnostics: [runtimeDiagnostic('D554', message, 'name the file of the tokenizer: --tokenizer FILE')],
    };
  }
  return openTokenizer(join(dirname(path), name), info.ids);
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
  const tokenizer = await tokenizerFor(path, info, options.tokenizer);
  if (!tokenizer.value) return { diagnostics: tokenizer.diagnostics };
  const misfit = [
    ...checkVocabulary(tokenizer.value, info.spec.vocabulary),
    ...checkSpecial(tokenizer.value, info.ids),
  ];
  if (misfit.length > 0) return { diagnostics: [...tokenizer.diagnostics, ...misfit] };
  const blocked = await blockedData(path, read.value);
  if (blocked) return { diagnostics: [blocked] };
  const device = await findDevice(options.device ?? 'auto', targetOf(info));
  if (!device.value) return { diagnostics: device.diagnostics };
  const misplaced = placementDiagnostics(path, read.value, device.value);
  if (misplaced.some(({ severity }) => severity === 'error')) return { diagnostics: misplaced };
  const strange = await mismatchedData(path, read.value);
  const session = await openSession(path, { ...options, device: device.value.name }, options.signal);
  if (!session.value) return { diagnostics: session.diagnostics };
  const untrue = await claimProblem(path, info, session.value);
  if (untrue) return { diagnostics: [untrue] };
  const warnings = [
    ...tokenizer.diagnostics,
    ...misplaced,
    ...(strange ? [strange] : []),
    ...session.diagnostics,
  ];
  return {
    value: { info, tokenizer: tokenizer.value, session: session.value, warnings },
    diagnostics: warnings,
  };
}

/** The target that an artifact was compiled for, or undefined if this version of Benben does not have that target. */
const targetOf = ({ target }: ArtifactInfo): Target | undefined => TARGETS.find((name) => name === target);

/** If the session's ports do not match the entry in the file's metadata, closes the session and returns D554. */
async function claimProblem(
  path: string,
  { entry }: ArtifactInfo,
  session: Session,
): Promise<Diagnostic | undefined> {
  const { inputs, outputs } = ENTRY_PORTS[entry];
  const input = misfitOf(inputs, session.inputs);
  const output = misfitOf(outputs, session.outputs);
  if (input === undefined && output === undefined) return undefined;
  await session.close();
  const what = input === undefined ? `output ${output}` : `input ${input}`;
  const message = `the metadata of ${path} name the entry '${entry}', but its graph does not match: ${what}`;
  return runtimeDiagnostic('D554', message, 'compile it again');
}
