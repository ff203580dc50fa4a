/**
 * A loaded model that reads and writes texts: it tokenizes documents, runs the graph, decodes the results, and finds
 * the words of a document that the encoder kept. The artifact contains everything that the model needs.
 */
import { type Diagnostic, DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { LIMIT_OPTIONS, type LimitOptions, limitsOf, SEARCH_ELSEWHERE } from '../pipeline/limits.ts';
import type { ArtifactInfo } from '../pipeline/metadata.ts';
import {
  argumentProblem,
  OBJECT,
  type OptionRules,
  oneOf,
  optionProblems,
  SIGNAL,
  TEXT,
  TEXTS,
  unless,
} from '../pipeline/options.ts';
import { batchOf, rowOf } from './batch.ts';
import { checkIds } from './check_ids.ts';
import { LOAD_OPTIONS, type LoadOptions, type OpenArtifact, openArtifact } from './open_artifact.ts';
import { checkFinite, type Generated, limitFeeds, type Reading, readingOf, textsOf } from './results.ts';
import { RUN_OPTIONS, type RunOptions } from './session.ts';
import type { TensorData, Tensors } from './tensor.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';

export type { ReadDocument } from './batch.ts';
export type { LoadOptions } from './open_artifact.ts';
export type { Generated, Hypothesis, Reading } from './results.ts';

export interface ReadOptions {
  /**
   * If a document is too long for the model, `cut` cuts it with a warning, and `refuse` returns an error. Default
   * `cut`.
   */
  readonly long?: 'cut' | 'refuse';
  readonly signal?: AbortSignal;
}

export interface GenerateOptions extends ReadOptions, LimitOptions {}

const READ_OPTIONS: OptionRules<ReadOptions> = { long: oneOf(['cut', 'refuse']), signal: SIGNAL };
export const GENERATE_OPTIONS: OptionRules<GenerateOptions> = { ...READ_OPTIONS, ...LIMIT_OPTIONS };

export interface Memory extends Reading {
  /** The memory in row-major order. Rows from `slots` on are padding. */
  readonly memory: Float32Array;
  /** The shape of `memory`: [the largest number of slots in the batch, the width of the model]. */
  readonly shape: readonly [number, number];
}

export interface Model {
  readonly info: ArtifactInfo;
  readonly tokenizer: Tokenizer;
  readonly device: string;
  /** The warnings of loading, such as a tokenizer without a pad token. */
  readonly warnings: readonly Diagnostic[];
  /**
   * Runs the graph on tensors, which have the names of the artifact's inputs. Rejects with DiagnosticError if the
   * tensors do not fit (D544), contain ids that the model does not have (D571), or the run fails (D542, D543), or with the signal's reason.
   */
  run(feeds: Tensors, options?: RunOptions): Promise<Record<string, TensorData>>;
  /** Generates a text for each document, if the entry is `generate`. Problems become diagnostics. */
  generate(documents: readonly string[], options?: GenerateOptions): Promise<Outcome<readonly Generated[]>>;
  /** Encodes each document into its memory, if the entry is `encode`. Problems become diagnostics. */
  encode(documents: readonly string[], options?: ReadOptions): Promise<Outcome<readonly Memory[]>>;
  /** Ends the session after the run in progress, and the tokenizer if the model has opened it. */
  close(): Promise<void>;
}

/**
 * Opens an artifact with its tokenizer and a session. Problems become diagnostics. The promise rejects only with the
 * signal's reason.
 */
export async function loadModel(path: string, options: LoadOptions = {}): Promise<Outcome<Model>> {
  const problems = [
    argumentProblem('path', path, TEXT),
    ...optionProblems('loadModel', options, LOAD_OPTIONS),
  ];
  return unless(problems, async () => {
    const opened = await openArtifact(path, options);
    return {
      ...(opened.value && { value: modelOf(opened.value) }),
      diagnostics: opened.diagnostics,
    };
  });
}

/** The problems (D570) with the arguments of `generate` or `encode`. */
const problemsOf = (
  entry: 'generate' | 'encode',
  texts: unknown,
  options: unknown,
): readonly (Diagnostic | undefined)[] => [
  argumentProblem('documents', texts, TEXTS, `for one document: \`${entry}([text])\``),
  ...optionProblems(entry, options, entry === 'generate' ? GENERATE_OPTIONS : READ_OPTIONS, SEARCH_ELSEWHERE),
];

function modelOf({ info, tokenizer, session, warnings, close }: OpenArtifact): Model {
  const refuse = (entry: string): Outcome<never> => {
    const message = `this artifact was compiled for entry '${info.entry}', not '${entry}'`;
    return { diagnostics: [runtimeDiagnostic('D554', message, `compile it with --entry ${entry}`)] };
  };

  /** The common steps of `generate` and `encode`: tokenizes, runs, checks the outputs, and finds the kept words. */
  async function runOn<T>(
    entry: string,
    texts: readonly string[],
    more: Tensors,
    options: ReadOptions,
    result: (out: Record<string, TensorData>, row: number, reading: Reading) => T | Promise<T>,
  ): Promise<Outcome<readonly T[]>> {
    if (info.entry !== entry) return refuse(entry);
    if (texts.length === 0) return { value: [], diagnostics: [] };
    try {
      const batch = await batchOf(texts, tokenizer, info, options.long ?? 'cut');
      const run: RunOptions = { move: true, ...(options.signal && { signal: options.signal }) };
      const out = await session.run({ ...batch.feeds, ...more }, run);
      checkFinite(out);
      const value = await Promise.all(
        texts.map((text, row) => result(out, row, readingOf(text, batch, out, row))),
      );
      return { value, diagnostics: batch.diagnostics };
    } catch (error) {
      if (error instanceof DiagnosticError) return { diagnostics: error.diagnostics };
      throw error;
    }
  }

  return {
    info,
    tokenizer,
    device: session.device,
    warnings,
    async run(feeds, options = {}) {
      const problems = [
        argumentProblem('feeds', feeds, OBJECT) ?? [],
        optionProblems('run', options, RUN_OPTIONS),
      ].flat();
      if (problems.length > 0) throw new DiagnosticError(...problems);
      const wrong = checkIds(feeds, info);
      if (wrong.length > 0) throw new DiagnosticError(...wrong);
      return session.run(feeds, options);
    },
    generate: (texts, options = {}) =>
      unless(problemsOf('generate', texts, options), async () => {
        if (info.entry !== 'generate') return refuse('generate');
        const limits = limitsOf(options, info.spec);
        if (!limits.value) return { diagnostics: limits.diagnostics };
        return runOn('generate', texts, limitFeeds(limits.value), options, async (out, row, reading) => {
          const [best, ...alternatives] = await textsOf(out, row, info, tokenizer);
          return { ...reading, ...best, alternatives } satisfies Generated;
        });
      }),
    encode: (texts, options = {}) =>
      unless(problemsOf('encode', texts, options), () =>
        runOn('encode', texts, {}, options, (out, row, reading): Memory => {
          const [, slots, width] = out.memory!.shape as readonly [number, number, number];
          return { ...reading, memory: rowOf(out.memory!, row) as Float32Array, shape: [slots, width] };
        }),
      ),
    close,
  };
}
