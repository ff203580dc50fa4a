/**
 * From text to files, the stages strung together: text → AST → ModelSpec → Graph → passes → Graph → ONNX files.
 * What opens them again is `load.ts`.
 */
import { basename } from 'node:path';
import { type Emitted, emit } from '../compiler/emit/index.ts';
import type { Graph } from '../compiler/ir/graph.ts';
import { KINDS } from '../compiler/kinds/index.ts';
import {
  type Compat,
  type Entry,
  FAIRSEQ_SPECIAL,
  GREEDY,
  lower,
  type SearchSettings,
  type SpecialIds,
} from '../compiler/lower/index.ts';
import { OPS } from '../compiler/ops/index.ts';
import type { WeightSource, WeightSpec } from '../compiler/weights.ts';
import type { Diagnostic, Outcome, Source } from '../dsl/diagnostics.ts';
import * as dsl from '../dsl/index.ts';
import type { ModelSpec, Program } from '../dsl/spec.ts';
import { PIPELINE_OF, PIPELINES } from '../passes/index.ts';
import type { PassContext, Precision, Target } from '../passes/pass.ts';
import { HALF_TARGETS, PRECISIONS, TARGETS } from '../passes/pass.ts';
import { type PassStats, type RunOptions as RunPassesOptions, runPasses } from '../passes/run.ts';
import { dataFileName, type WriteArtifactOptions, type WrittenArtifact, writeArtifact } from './artifact.ts';
import type { PrecisionError } from './calibration.ts';
import { runtimeDiagnostic } from './codes.ts';
import { ENTRY_NAMES, SEARCHING } from './entry_ports.ts';
import { checkSearch, SEARCH_OPTIONS } from './limits.ts';
import { metadataOf } from './metadata.ts';
import {
  argumentProblem,
  CALLBACK,
  type Kinds,
  LIST,
  OBJECT,
  oneOf,
  optionProblems,
  record,
  SIGNAL,
  SOURCE,
  SWITCH,
  TEXT,
  unless,
  WHOLE,
} from './options.ts';
import { checkIds, type Tokenizer } from './tokenizer/tokenizer.ts';
import { VERSION } from './version.ts';
import { randomWeights } from './weights/random.ts';
import { safetensorsWeights } from './weights/safetensors_weights.ts';

/** Most bytes of a `.ben` file. */
export const MAX_SOURCE_BYTES = 1 << 20;

/** Text → models and checks, names resolved and defaults filled in. */
export function parse(source: Source): Outcome<Program> {
  const wrong = argumentProblem('source', source, SOURCE, 'to open a file: `load(path)`');
  return wrong ? { diagnostics: [wrong] } : dsl.analyze(source, KINDS);
}

export interface CompileOptions extends Partial<SearchSettings> {
  /** Which model of the file; default: the first. */
  readonly model?: string;
  /** Default `generate`; `encode` for a model without a decoder. */
  readonly entry?: Entry;
  /** Default `cpu`. */
  readonly target?: Target;
  /** Default `fp32`. `fp16` is for targets with float16 arithmetic: `cuda` and `webgpu`. */
  readonly precision?: Precision;
  /** Each weight in the form named here rather than the cheapest; for comparisons. */
  readonly forms?: PassContext['forms'];
  readonly compat?: Compat;
  /** The tokenizer's ids of pad and eos, which the graph is made with. Default: fairseq's, 1 and 2. */
  readonly ids?: SpecialIds;
  /** `none` runs no pass at all, every op is written by its definition; for comparisons. */
  readonly passes?: keyof typeof PIPELINES;
  /** Watches the passes: `--print-ir`, dumps, timings. */
  readonly watch?: RunPassesOptions;
}

export const COMPILE_OPTIONS: Kinds<CompileOptions> = {
  model: TEXT,
  entry: oneOf(ENTRY_NAMES),
  target: oneOf(TARGETS),
  precision: oneOf(PRECISIONS),
  forms: { is: 'a Map', fits: (value) => value instanceof Map },
  compat: oneOf(['none', 'paper']),
  ids: record({ pad: 'number', eos: 'number' }, 'two ids: { pad, eos }, both numbers'),
  passes: oneOf(Object.keys(PIPELINES)),
  watch: OBJECT,
  ...SEARCH_OPTIONS,
};

export interface Compiled {
  readonly source: Source;
  readonly spec: ModelSpec;
  readonly entry: Entry;
  readonly target: Target;
  readonly precision: Precision;
  readonly compat: Compat;
  readonly ids: SpecialIds;
  readonly search: SearchSettings;
  readonly graph: Graph;
  readonly passes: readonly PassStats[];
  /** The weights that the artifact needs, by their names in a checkpoint. */
  readonly weights: readonly WeightSpec[];
}

function pickModel(program: Program, name: string | undefined, path: string): Outcome<ModelSpec> {
  const names = program.models.map((m) => m.name);
  if (names.length === 0) {
    return { diagnostics: [runtimeDiagnostic('D555', `${path} holds no model`, 'write `model Name { … }`')] };
  }
  const value = name === undefined ? program.models[0] : program.models.find((m) => m.name === name);
  if (value) return { value, diagnostics: [] };
  const near = dsl.suggest(name!, names);
  const help = near ? `did you mean '${near}'?` : `it holds ${names.join(', ')}`;
  return { diagnostics: [runtimeDiagnostic('D555', `${path} holds no model '${name}'`, help)] };
}

function checkPrecision(precision: Precision, target: Target): readonly Diagnostic[] {
  if (precision !== 'fp16' || HALF_TARGETS.includes(target)) return [];
  const message = `--precision fp16 is for ${HALF_TARGETS.join(' and ')}: ONNX Runtime has few float16 kernels for '${target}' and would convert before and after nearly every node`;
  return [runtimeDiagnostic('D562', message, 'use `--precision int8` there')];
}

/** Beams of an entry that searches for nothing would be silently none. What is the default anyway may be said. */
function checkSearches(entry: Entry, options: CompileOptions): readonly Diagnostic[] {
  const asked = Object.keys(SEARCH_OPTIONS) as (keyof SearchSettings)[];
  const given = asked.filter((name) => (options[name] ?? GREEDY[name]) !== GREEDY[name]);
  if (given.length === 0 || SEARCHING.includes(entry)) return [];
  const message = `entry '${entry}' searches for no text: there is nothing for ${given.join(', ')}`;
  return [runtimeDiagnostic('D570', message, `leave it out, or compile for ${SEARCHING.join(', ')}`)];
}

export interface CompileOutcome extends Outcome<Compiled> {
  /** Present when a pass failed, which is a bug of ours: what `benben replay` runs again. */
  readonly reproducer?: string;
}

/** Source → optimised graph: pure, no weights and no files. */
export function compile(source: Source, options: CompileOptions = {}): CompileOutcome {
  const misuse = optionProblems('compile', options, COMPILE_OPTIONS);
  if (misuse.length > 0) return { diagnostics: misuse };
  const parsed = parse(source);
  if (!parsed.value) return { diagnostics: parsed.diagnostics };
  const picked = pickModel(parsed.value, options.model, source.path);
  const diagnostics = [...parsed.diagnostics, ...picked.diagnostics];
  const spec = picked.value;
  if (!spec) return { diagnostics };
  const entry = options.entry ?? (spec.decoder ? 'generate' : 'encode');
  const [target, compat] = [options.target ?? 'cpu', options.compat ?? 'none'];
  const ids: SpecialIds = { ...FAIRSEQ_SPECIAL, ...options.ids };
  const search: SearchSettings = {
    beam: options.beam ?? GREEDY.beam,
    returned: options.returned ?? GREEDY.returned,
    noRepeatNgram: options.noRepeatNgram ?? GREEDY.noRepeatNgram,
  };
  const { precision = 'fp32', forms } = options;
  const wrong = [
    ...checkIds(ids, spec.vocabulary),
    ...checkSearch(search),
    ...checkSearches(entry, options),
    ...checkPrecision(precision, target),
  ];
  if (wrong.length > 0) return { diagnostics: [...diagnostics, ...wrong] };
  const lowered = lower(spec, { entry, compat, ids, ...search });
  diagnostics.push(...lowered.diagnostics);
  if (!lowered.value) return { diagnostics };
  const passes = PIPELINES[options.passes ?? PIPELINE_OF[precision]];
  const ctx = { ops: OPS, target, precision, ...(forms && { forms }) };
  const run = runPasses(lowered.value, passes, ctx, options.watch ?? {});
  diagnostics.push(...run.diagnostics);
  if (!run.value) return { diagnostics, ...(run.reproducer && { reproducer: run.reproducer }) };
  const { graph, stats } = run.value;
  const weights = graph.params.map((p) => p.weight);
  const made = { source, spec, entry, target, precision, compat, ids, search, graph, passes: stats, weights };
  return { value: made, diagnostics };
}

export interface WriteOptions extends WriteArtifactOptions {
  /** Expands `ai.benben` functions, for runtimes that have none. */
  readonly inline?: boolean;
  /** The tokenizer as the artifact should name it: `bytes`, or a file in its folder. Default `bytes`. */
  readonly tokenizer?: string;
  /** What `measureError` found, for the artifact to tell. */
  readonly error?: Pick<PrecisionError, 'max' | 'mean'>;
}

const WRITE_OPTIONS: Kinds<WriteOptions> = {
  weights: record(
    { label: 'string', random: 'boolean', read: 'function' },
    'a source of weights, such as `randomWeights(0)` or what `weightsFor` gives',
  ),
  singleFile: SWITCH,
  beside: LIST,
  onProgress: CALLBACK,
  signal: SIGNAL,
  inline: SWITCH,
  tokenizer: TEXT,
  error: OBJECT,
};

/** Graph → ONNX messages, for an artifact of that name with those weights. */
export function emitArtifact(compiled: Compiled, path: string, options: WriteOptions): Emitted {
  const { source, spec, entry, target, precision, compat, ids, search, graph, weights } = compiled;
  const parameters = parametersOf(weights);
  const { label, random } = options.weights;
  const tokenizer = options.tokenizer ?? 'bytes';
  const info = {
    model: spec.name,
    entry,
    version: VERSION,
    compat,
    target,
    precision,
    // Without its folder: the same weights give the same bytes wherever they lie.
    weights: random ? label : basename(label),
    random,
    tokenizer,
    ids,
    search,
    parameters,
    spec,
    ...(options.error && { error: options.error }),
  };
  return emit(graph, {
    ops: OPS,
    version: VERSION,
    metadata: metadataOf(info, source),
    inline: options.inline ?? false,
    ...(!options.singleFile && { dataFile: dataFileName(path) }),
  });
}

/** Writes `path` and `path.data`. */
export const write = (
  compiled: Compiled,
  path: string,
  options: WriteOptions,
): Promise<Outcome<WrittenArtifact>> => {
  const { weights } = options ?? {};
  const problems = [
    argumentProblem('path', path, TEXT),
    ...optionProblems('write', { ...options, weights: weights ?? null }, WRITE_OPTIONS),
  ];
  return unless(problems, () => writeArtifact(path, emitArtifact(compiled, path, options), options));
};

/** Weights from a safetensors file, or drawn from a seed when there is none. */
export const weightsFor = (
  compiled: Pick<Compiled, 'weights'>,
  file?: string,
  seed = 0,
): Promise<Outcome<WeightSource>> =>
  unless(optionProblems('weightsFor', { file, seed }, { file: TEXT, seed: WHOLE }), async () =>
    file === undefined
      ? { value: randomWeights(seed), diagnostics: [] }
      : safetensorsWeights(file, compiled.weights),
  );

/** The weights of several parts of a model, each once. */
export const weightsIn = (parts: readonly Compiled[]): readonly WeightSpec[] => [
  ...new Map(parts.flatMap((part) => part.weights).map((weight) => [weight.name, weight])).values(),
];

export const parametersOf = (weights: readonly WeightSpec[]): number =>
  weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

/** What a model must be compiled with for that tokenizer. */
export const idsOf = ({ special: { pad, eos } }: Tokenizer): SpecialIds => ({ pad, eos });
