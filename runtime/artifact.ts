/**
 * The artifact on disk: `NAME.onnx` with `NAME.onnx.data` beside it, what is written into the model
 * about itself, and reading that back from any `.onnx` file. Weights stream from their source to the
 * disk; the model is never whole in memory.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  type Emitted,
  encodeModel,
  encodeSingleFile,
  SINGLE_FILE_LIMIT,
  streamData,
} from '../compiler/emit/index.ts';
import type { ModelProto } from '../compiler/emit/messages.ts';
import { decodeModelProto } from '../compiler/emit/proto.ts';
import type { WeightSource } from '../compiler/weights.ts';
import type { Diagnostic, Outcome, Source } from '../dsl/diagnostics.ts';
import type { ModelSpec } from '../dsl/spec.ts';
import { runtimeDiagnostic } from './codes.ts';
import { fileDiagnostic, writeAll, writeAllAtomically } from './files.ts';

/** What an artifact says about itself; metadata keys carry the prefix `benben.`. */
export interface ArtifactInfo {
  readonly model: string;
  readonly entry: string;
  readonly version: string;
  readonly compat: string;
  readonly target: string;
  /** Where its weights came from, and whether anybody trained them. */
  readonly weights: string;
  readonly random: boolean;
  readonly tokenizer: string;
  readonly parameters: number;
  readonly spec: ModelSpec;
  readonly source: string;
}

const PREFIX = 'benben.';

/** Spans point into a text that the artifact's reader may not have. */
const withoutSpans = (spec: ModelSpec): string =>
  JSON.stringify(spec, (key, value: unknown) => (key === 'span' ? undefined : value));

export function metadataOf(info: Omit<ArtifactInfo, 'source'>, source: Source): Record<string, string> {
  const entries: Readonly<Record<string, string>> = {
    model: info.model,
    entry: info.entry,
    version: info.version,
    compat: info.compat,
    target: info.target,
    weights: info.weights,
    random: String(info.random),
    tokenizer: info.tokenizer,
    parameters: String(info.parameters),
    spec: withoutSpans(info.spec),
    source: source.text,
    source_sha256: createHash('sha256').update(source.text).digest('hex'),
  };
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [PREFIX + key, value]));
}

/** The artifact's own words; undefined when the model was not made by Benben. */
export function infoFrom(metadata: Readonly<Record<string, string>>): ArtifactInfo | undefined {
  const text = (key: string): string => metadata[PREFIX + key] ?? '';
  try {
    const spec = JSON.parse(text('spec')) as ModelSpec;
    if (typeof spec.encoder?.length !== 'number' || typeof spec.vocabulary !== 'number') return undefined;
    return {
      model: text('model'),
      entry: text('entry'),
      version: text('version'),
      compat: text('compat'),
      target: text('target'),
      weights: text('weights'),
      random: text('random') === 'true',
      tokenizer: text('tokenizer'),
      parameters: Number(text('parameters')),
      spec,
      source: text('source'),
    };
  } catch {
    return undefined;
  }
}

export interface WriteArtifactOptions {
  readonly weights: WeightSource;
  /** Everything in the `.onnx` file. */
  readonly singleFile?: boolean;
  /** A file that belongs to the artifact (a tokenizer), written with it or not at all. */
  readonly beside?: { readonly path: string; readonly bytes: Uint8Array };
  /** Called with the bytes written so far and in all. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface WrittenArtifact {
  readonly model: string;
  /** Absent when everything is in one file. */
  readonly data?: string;
  readonly bytes: number;
}

export const dataFileName = (path: string): string => `${basename(path)}.data`;

/** Writes the files beside their places and renames them: none is ever half there. */
export async function writeArtifact(
  path: string,
  emitted: Emitted,
  options: WriteArtifactOptions,
): Promise<Outcome<WrittenArtifact>> {
  const { weights, singleFile = false, beside, onProgress, signal } = options;
  if (singleFile && emitted.dataBytes > SINGLE_FILE_LIMIT) {
    const size = (emitted.dataBytes / 2 ** 30).toFixed(1);
    const message = `${size} GiB of weights do not fit in one file: protobuf ends at 2 GiB`;
    return { diagnostics: [runtimeDiagnostic('D552', message)] };
  }
  const data = singleFile ? undefined : `${path}.data`;
  // The model last: whoever finds it finds its data and its tokenizer too.
  const paths = [...(beside ? [beside.path] : []), ...(data === undefined ? [] : [data]), path];
  return writeAllAtomically(paths, async (files) => {
    if (beside) await writeAll(files[0]!, beside.bytes);
    let done = 0;
    for await (const piece of data === undefined ? [] : streamData(emitted, weights)) {
      signal?.throwIfAborted();
      await writeAll(files.at(-2)!, piece);
      done += piece.byteLength;
      onProgress?.(done, emitted.dataBytes);
    }
    const bytes = singleFile ? await encodeSingleFile(emitted, weights) : encodeModel(emitted);
    await writeAll(files.at(-1)!, bytes);
    return { model: path, ...(data !== undefined && { data }), bytes: bytes.byteLength + done };
  });
}

/** Models with their weights inside can be large; the parts that we read come with them. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** Reads an `.onnx` file's messages. Never throws on a bad file. */
export async function readModel(path: string): Promise<Outcome<ModelProto>> {
  const bad = (message: string): { diagnostics: readonly Diagnostic[] } => ({
    diagnostics: [runtimeDiagnostic('D551', message)],
  });
  let bytes: Uint8Array;
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size === 0) return bad(`${path} is empty`);
      if (size > MAX_MODEL_BYTES) return bad(`${path} has ${size} bytes: an ONNX file ends at 2 GiB`);
      bytes = await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    return { diagnostics: [fileDiagnostic(error, path, 'read')] };
  }
  try {
    const model = decodeModelProto(bytes);
    if (!model.graph || !model.opsetImport?.length) return bad(`${path} is not an ONNX model`);
    return { value: model, diagnostics: [] };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return bad(`${path} is not an ONNX model (${why})`);
  }
}

export const metadataIn = (model: ModelProto): Record<string, string> =>
  Object.fromEntries(model.metadataProps.map(({ key, value }) => [key ?? '', value ?? '']));
