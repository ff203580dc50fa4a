/**
 * A compiled model with words around it: text in, text out, and which words of the document the
 * encoder kept. Works from an artifact alone: all it needs is written in the file.
 */
import { type Diagnostic, DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { LIMIT_OPTIONS, type LimitOptions, limitsOf, SEARCH_ELSEWHERE } from '../pipeline/limits.ts';
import type { ArtifactInfo } from '../pipeline/metadata.ts';
import {
  argumentProblem,
  type Kinds,
  OBJECT,
  oneOf,
  optionProblems,
  SIGNAL,
  TEXT,
  TEXTS,
  unless,
} from '../pipeline/options.ts';
import { batchOf, rowOf } from './batch.ts';
import { LOAD_OPTIONS, type LoadOptions, type OpenArtifact, openArtifact } from './open_artifact.ts';
import { checkFinite, type Generated, limitFeeds, type Reading, readingOf, textsOf } from './results.ts';
import { RUN_OPTIONS, type RunOptions } from './session.ts';
import type { TensorData, Tensors } from './tensor.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';

export type { ReadDocument } from './batch.ts';
export type { LoadOptions } from './open_artifact.ts';
export type { Generated, Hypothesis, Reading } from './results.ts';

export interface ReadOptions {
  /** A document longer than the model reads: cut it with a warning (default), or refuse. */
  readonly long?: 'cut' | 'refuse';
  readonly signal?: AbortSignal;
}

export interface GenerateOptions extends ReadOptions, LimitOptions {}

const READ_OPTIONS: Kinds<ReadOptions> = { long: oneOf(['cut', 'refuse']), signal: SIGNAL };
export const GENERATE_OPTIONS: Kinds<GenerateOptions> = { ...READ_OPTIONS, ...LIMIT_OPTIONS };

export interface Memory extends Reading {
  /** Row-major [slots of the batch, d]; rows from `slots` on are padding. */
  readonly memory: Float32Array;
  readonly shape: readonly [number, number];
}

export interface Model {
  readonly info: ArtifactInfo;
  readonly tokenizer: Tokenizer;
  readonly device: string;
  /** What loading had to say (a tokenizer without a pad token, …). */
  readonly warnings: readonly Diagnostic[];
  /** Runs the graph on tensors, by the names of the artifact. Rejects with DiagnosticError. */
  run(feeds: Tensors, options?: RunOptions): Promise<Record<string, TensorData>>;
  /** Documents → text, for entry `generate`. */
  generate(documents: readonly string[], options?: GenerateOptions): Promise<Outcome<readonly Generated[]>>;
  /** Documents → memory, for entry `encode`. */
  encode(documents: readonly string[], options?: ReadOptions): Promise<Outcome<readonly Memory[]>>;
  close(): Promise<void>;
}

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

/** What is wrong with the documents and options of a call of a model. */
const problemsOf = (
  entry: 'generate' | 'encode',
  texts: unknown,
  options: unknown,
): readonly (Diagnostic | undefined)[] => [
  argumentProblem('documents', texts, TEXTS, `for one document: \`${entry}([text])\``),
  ...optionProblems(entry, options, entry === 'generate' ? GENERATE_OPTIONS : READ_OPTIONS, SEARCH_ELSEWHERE),
];

function modelOf({ info, tokenizer, session, warnings }: OpenArtifact): Model {
  const refuse = (entry: string): Outcome<never> => {
    const message = `this artifact was compiled for entry '${info.entry}', not '${entry}'`;
    return { diagnostics: [runtimeDiagnostic('D554', message, `compile it with --entry ${entry}`)] };
  };

  /** What every entry over documents shares: read, run, and tell what was kept. */
  async function runOn<T>(
    entry: string,
    texts: readonly string[],
    more: Tensors,
    options: ReadOptions,
    result: (out: Record<string, TensorData>, row: number, reading: Reading) => T,
  ): Promise<Outcome<readonly T[]>> {
    if (info.entry !== entry) return refuse(entry);
    if (texts.length === 0) return { value: [], diagnostics: [] };
    try {
      const batch = batchOf(texts, tokenizer, info, options.long ?? 'cut');
      const run: RunOptions = { move: true, ...(options.signal && { signal: options.signal }) };
      const out = await session.run({ ...batch.feeds, ...more }, run);
      checkFinite(out);
      const value = texts.map((text, row) => result(out, row, readingOf(text, batch, out, row)));
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
      return session.run(feeds, options);
    },
    generate: (texts, options = {}) =>
      unless(problemsOf('generate', texts, options), async () => {
        if (info.entry !== 'generate') return refuse('generate');
        const limits = limitsOf(options, info.spec);
        if (!limits.value) return { diagnostics: limits.diagnostics };
        return runOn('generate', texts, limitFeeds(limits.value), options, (out, row, reading): Generated => {
          const [best, ...alternatives] = textsOf(out, row, info, tokenizer);
          return { ...reading, ...best, alternatives };
        });
      }),
    encode: (texts, options = {}) =>
      unless(problemsOf('encode', texts, options), () =>
        runOn('encode', texts, {}, options, (out, row, reading): Memory => {
          const [, slots, width] = out.memory!.shape as readonly [number, number, number];
          return { ...reading, memory: rowOf(out.memory!, row) as Float32Array, shape: [slots, width] };
        }),
      ),
    close: () => session.close(),
  };
}
