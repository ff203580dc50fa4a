/**
 * Streams a text while it is generated. The search of `generate` is split into two artifacts: `begin` reads the
 * document, and `advance` runs some iterations of the search. Between two calls of `advance`, this module keeps the
 * state of the search, so that it can emit text and stop the search.
 */
import { type Diagnostic, DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { limitsOf, SEARCH_ELSEWHERE } from '../pipeline/limits.ts';
import type { ArtifactInfo } from '../pipeline/metadata.ts';
import {
  argumentProblem,
  NUMBER,
  type OptionRules,
  objectWith,
  optionProblems,
  TEXT,
  unless,
} from '../pipeline/options.ts';
import { batchOf, int64 } from './batch.ts';
import { GENERATE_OPTIONS, type GenerateOptions } from './model.ts';
import { LOAD_OPTIONS, type LoadOptions, type OpenArtifact, openArtifact } from './open_artifact.ts';
import { checkFinite, type Generated, limitFeeds, readingOf, textsOf } from './results.ts';
import type { TensorData, Tensors } from './tensor.ts';
import { settledText } from './tokenizer/settled.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';

export interface StreamOptions extends GenerateOptions {
  /** The number of search iterations between two pieces. The first piece comes after one iteration. Default 8. */
  readonly chunk?: number;
}

const STREAM_OPTIONS: OptionRules<StreamOptions> = { ...GENERATE_OPTIONS, chunk: NUMBER };

/** The result at the end of a stream: the result that `generate` would have returned, and the warnings. */
export interface Streamed extends Generated {
  readonly diagnostics: readonly Diagnostic[];
}

export interface Piece {
  /** Ids that have become certain. The ids of all pieces, concatenated, are the ids of the whole text. */
  readonly ids: readonly number[];
  /** The next part of the text, which later ids cannot change; may be empty. All parts, joined, are the whole text. */
  readonly text: string;
  /**
   * Warnings, such as a document that was cut. They are in an additional first piece without text, which comes before
   * the document is read, and again in `result`.
   */
  readonly diagnostics?: readonly Diagnostic[];
  /** The result of the whole search; only in the last piece. */
  readonly result?: Streamed;
}

export interface StreamingModel {
  /** The combined metadata of both artifacts, with entry `generate`. Parameters in both artifacts are counted twice. */
  readonly info: ArtifactInfo;
  readonly tokenizer: Tokenizer;
  readonly device: string;
  readonly warnings: readonly Diagnostic[];
  /**
   * Generates the best text of a document, piece by piece. With several beams, a token is emitted only once all
   * candidate texts agree on it. Throws DiagnosticError for errors that `generate` returns as diagnostics. After
   * an abort, throws the signal's reason. A caller may stop at any time (`break`).
   */
  stream(document: string, options?: StreamOptions): AsyncGenerator<Piece, void, void>;
  close(): Promise<void>;
}

export interface StreamingPaths {
  readonly begin: string;
  readonly advance: string;
}

const PATHS = objectWith({ begin: 'string', advance: 'string' }, 'two paths: { begin, advance }');

/** Opens artifacts of one model with the entries `begin` and `advance` for streaming. Returns D554 for other artifacts. */
export const openStreaming = (
  paths: StreamingPaths,
  options: LoadOptions = {},
): Promise<Outcome<StreamingModel>> =>
  unless(
    [argumentProblem('paths', paths, PATHS), ...optionProblems('openStreaming', options, LOAD_OPTIONS)],
    () => openPair(paths, options),
  );

async function openPair(paths: StreamingPaths, options: LoadOptions): Promise<Outcome<StreamingModel>> {
  const begin = await openArtifact(paths.begin, options);
  if (!begin.value) return { diagnostics: begin.diagnostics };
  const advance = await openArtifact(paths.advance, { ...options, tokenizer: begin.value.tokenizer });
  const problem = advance.value && pairProblem(paths, begin.value.info, advance.value.info);
  if (!advance.value || problem) {
    await Promise.all([begin.value.close(), advance.value?.close()]);
    return { diagnostics: problem ? [problem] : advance.diagnostics };
  }
  return { value: streamingModel(begin.value, advance.value), diagnostics: begin.diagnostics };
}

function pairProblem(
  paths: StreamingPaths,
  begin: ArtifactInfo,
  advance: ArtifactInfo,
): Diagnostic | undefined {
  for (const [entry, info] of Object.entries({ begin, advance })) {
    if (info.entry === entry) continue;
    const message = `${paths[entry as keyof StreamingPaths]} was compiled for entry '${info.entry}', not '${entry}'`;
    return runtimeDiagnostic('D554', message, `compile it with --entry ${entry}`);
  }
  // The target and the version may differ, but not the metadata that the search depends on.
  const essence = ({ model, weights, compat, ids, search, spec, source }: ArtifactInfo): string =>
    JSON.stringify({ model, weights, compat, ids, search, spec, source });
  if (essence(begin) === essence(advance)) return undefined;
  const message = `${paths.begin} and ${paths.advance} are not of the same model`;
  const help = 'compile both from one source, with the same weights and options';
  return runtimeDiagnostic('D554', message, help);
}

/** The inputs of the next call: the state outputs of the last one, renamed from `present` to `past`. */
const carriedBy = (out: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(out)
      .filter(([name]) => name.startsWith('present'))
      .map(([name, t]) => [name.replace('present.', 'past_key_values.').replace('present_', 'past_'), t]),
  );

/** The tokens with which all candidate texts begin. The candidates are the texts of unfinished and finished beams. */
function agreed(out: Tensors, { ids }: ArtifactInfo): readonly number[] {
  const [history, finished] = [out['present_search.history']!, out['present_search.finished']!];
  const past = finished.shape[2]!;
  const rowsOf = (words: TensorData, scores: TensorData): number[][] => {
    const width = words.shape[2]!;
    return Array.from(scores.data, Number).flatMap((score, row) => {
      const end = (row + 1) * width;
      return Number.isFinite(score) ? [Array.from(words.data.subarray(end - past, end), Number)] : [];
    });
  };
  const texts = [
    ...rowsOf(history, out['present_search.score']!),
    ...rowsOf(finished, out['present_search.finished_score']!),
  ];
  const [first, ...others] = texts;
  if (!first) return [];
  const split = first.findIndex((id, i) => id === ids.eos || others.some((text) => text[i] !== id));
  return split < 0 ? first : first.slice(0, split);
}

function streamingModel(begin: OpenArtifact, advance: OpenArtifact): StreamingModel {
  const { tokenizer } = begin;
  const parameters = begin.info.parameters + advance.info.parameters;
  const info: ArtifactInfo = { ...begin.info, entry: 'generate', parameters };

  async function* stream(text: string, options: StreamOptions = {}): AsyncGenerator<Piece, void, void> {
    const wrong = [
      argumentProblem('document', text, TEXT) ?? [],
      optionProblems('stream', options, STREAM_OPTIONS, SEARCH_ELSEWHERE),
    ].flat();
    if (wrong.length > 0) throw new DiagnosticError(...wrong);
    const { signal, chunk = 8, long = 'cut' } = options;
    if (!Number.isSafeInteger(chunk) || chunk < 1) {
      const message = `chunk is ${chunk}, but it must be an integer of 1 or greater`;
      throw new DiagnosticError(runtimeDiagnostic('D556', message));
    }
    const limits = limitsOf(options, info.spec);
    if (!limits.value) throw new DiagnosticError(...limits.diagnostics);
    const running = { move: true, ...(signal && { signal }) };
    const batch = await batchOf([text], tokenizer, info, long);
    if (batch.diagnostics.length > 0) yield { ids: [], text: '', diagnostics: batch.diagnostics };
    const begun = await begin.session.run(batch.feeds, running);
    checkFinite({ origin_weight: begun.origin_weight! });
    const reading = readingOf(text, batch, begun, 0);
    // Every call needs the encoder's memory, so each gets a copy of it. The rest of the state is moved.
    const memory = { ...onlyEncoder(carriedBy(begun)), encoder_attention_mask: begun.memory_mask! };
    let state = withoutEncoder(carriedBy(begun));
    let given: readonly number[] = [];
    const settled = settledText(tokenizer);
    for (let rounds = 1; ; rounds = chunk) {
      const feeds = { ...state, ...copied(memory), ...limitFeeds(limits.value), rounds: int64([], [rounds]) };
      const out = await advance.session.run(feeds, running);
      const over = out['present_search.missing']!.data.every((v) => Number(v) === 0);
      if (over || out.sequences!.shape[2]! > limits.value.max) {
        const [best, ...alternatives] = await textsOf(out, 0, info, tokenizer);
        const ids = best.ids.slice(given.length);
        const result = { ...reading, ...best, alternatives, diagnostics: batch.diagnostics };
        yield { ids, text: await settled.end(ids), result };
        return;
      }
      const certain = agreed(out, info);
      const ids = certain.slice(given.length);
      if (ids.length > 0) yield { ids, text: await settled.push(ids) };
      given = certain.length > given.length ? certain : given;
      signal?.throwIfAborted();
      state = carriedBy(out);
    }
  }

  return {
    info,
    tokenizer,
    device: begin.session.device,
    warnings: [...begin.warnings],
    stream,
    close: async () => void (await Promise.all([begin.close(), advance.close()])),
  };
}

const isEncoder = (name: string): boolean => name.includes('.encoder.');
const onlyEncoder = (tensors: Tensors): Tensors =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => isEncoder(name)));
const withoutEncoder = (tensors: Tensors): Tensors =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => !isEncoder(name)));
const copied = (tensors: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, t]) => [name, { ...t, data: t.data.slice() } as TensorData]),
  );
