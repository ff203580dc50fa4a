/**
 * Runs the stages of the compiler in order: text → AST → ModelSpec → Graph → passes → Graph → ONNX messages. It is
 * pure: it reads no file and runs the same in Node and in a browser. `runtime/write.ts` writes the result to files.
 */
import { type Emitted, emit } from '../compiler/emit/index.ts';
import type { Graph } from '../compiler/ir/graph.ts';
import { OPSETS } from '../compiler/ir/opsets.ts';
import { sizeOf } from '../compiler/ir/tensors.ts';
import type { WeightSource, WeightSpec } from '../compiler/ir/weights.ts';
import {
  type Compat,
  defaultEntryOf,
  type Entry,
  FAIRSEQ_SPECIAL,
  GREEDY,
  lower,
  type SearchSettings,
  type SpecialIds,
} from '../compiler/model/index.ts';
import { KINDS } from '../compiler/model/kinds/index.ts';
import { OPS } from '../compiler/ops/index.ts';
import { type Diagnostic, type Outcome, type Source, withSource } from '../dsl/diagnostics.ts';
import * as dsl from '../dsl/index.ts';
import type { ModelSpec, Program } from '../dsl/spec.ts';
import { PIPELINE_OF, PIPELINES } from '../passes/index.ts';
import type { PassContext, Precision, Target } from '../passes/pass.ts';
import { HALF_TARGETS, PRECISIONS, TARGETS } from '../passes/pass.ts';
import { type PassStats, type RunOptions as RunPassesOptions, runPasses } from '../passes/run.ts';
import { runtimeDiagnostic } from './codes.ts';
import { VERSION } from './constants.ts';
import { ENTRY_NAMES, SEARCHING } from './entry_ports.ts';
import { checkSearch, SEARCH_OPTIONS } from './limits.ts';
import { metadataOf } from './metadata.ts';
import {
  argumentProblem,
  OBJECT,
  type OptionRules,
  objectWith,
  oneOf,
  oneOfNumbers,
  optionProblems,
  SOURCE,
  TEXT,
} from './options.ts';

/** The largest `.ben` file that is read, in bytes. */
export const MAX_SOURCE_BYTES = 1 << 20;

/** Parses a source into models and checks, with names resolved and defaults filled in. */
export function parse(source: Source): Outcome<Program> {
  const wrong = argumentProblem('source', source, SOURCE, 'to open a file: `load(path)`');
  return wrong ? { diagnostics: [wrong] } : withSource(dsl.analyze(source, KINDS), source);
}

export interface CompileOptions extends Partial<SearchSettings> {
  /** The name of the model in the file. Default: the first model. */
  readonly model?: string;
  /** Default `generate`; `encode` for a model without a decoder. */
  readonly entry?: Entry;
  /** Default `cpu`. */
  readonly target?: Target;
  /** Default `fp32`. `fp16` is for targets with float16 arithmetic: `cuda` and `webgpu`. */
  readonly precision?: Precision;
  /** The storage form of each weight by its name, instead of the cheapest one; for comparisons. */
  readonly forms?: PassContext['forms'];
  /**
   * The opset to declare. The model then uses nothing that the oldest ONNX Runtime with this opset lacks. Default: the
   * lowest opset that the fastest kernels of the target allow.
   */
  readonly opset?: number;
  readonly compat?: Compat;
  /** The ids of the tokenizer's pad and eos tokens, which become constants of the graph. Default: fairseq's, 1 and 2. */
  readonly ids?: SpecialIds;
  /** `none` runs no pass, so that every op is emitted as its definition; for comparisons. */
  readonly passes?: keyof typeof PIPELINES;
  /** Callbacks that observe the passes, for `--print-ir`, dumps and timings. */
  readonly watch?: RunPassesOptions;
}

export const COMPILE_OPTIONS: OptionRules<CompileOptions> = {
  model: TEXT,
  entry: oneOf(ENTRY_NAMES),
  target: oneOf(TARGETS),
  precision: oneOf(PRECISIONS),
  opset: oneOfNumbers(OPSETS.map(({ opset }) => opset)),
  forms: { is: 'a Map', fits: (value) => value instanceof Map },
  compat: oneOf(['none', 'paper']),
  ids: objectWith({ pad: 'number', eos: 'number' }, 'two ids: { pad, eos }, both numbers'),
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
  /** The opset that was asked for. */
  readonly opset?: number;
  readonly compat: Compat;
  readonly ids: SpecialIds;
  readonly search: SearchSettings;
  readonly graph: Graph;
  readonly passes: readonly PassStats[];
  /** The weights that the artifact needs, by their names in a checkpoint. */
  readonly weights: readonly WeightSpec[];
}

/** Finds the model with this name, or the first model if no name is given. */
export function pickModel(program: Program, name: string | undefined, path: string): Outcome<ModelSpec> {
  const names = program.models.map((m) => m.name);
  if (names.length === 0) {
    return {
      diagnostics: [runtimeDiagnostic('D555', `${path} contains no model`, 'write `model Name { … }`')],
    };
  }
  const value = name === undefined ? program.models[0] : program.models.find((m) => m.name === name);
  if (value) return { value, diagnostics: [] };
  const near = dsl.suggest(name!, names);
  const help = near ? `did you mean '${near}'?` : `the models are ${names.join(', ')}`;
  return { diagnostics: [runtimeDiagnostic('D555', `${path} contains no model '${name}'`, help)] };
}

function checkPrecision(precision: Precision, target: Target): readonly Diagnostic[] {
  if (precision !== 'fp16' || HALF_TARGETS.includes(target)) return [];
  const message = `--precision fp16 is only for ${HALF_TARGETS.join(' and ')}: ONNX Runtime has few float16 kernels for '${target}' and would convert before and after nearly every node`;
  return [runtimeDiagnostic('D562', message, 'use `--precision int8` for this target')];
}

/** Returns the problem with these ids, or an empty list if a model with this vocabulary can be compiled with them. */
function checkIds({ pad, eos }: SpecialIds, vocabulary: number): Diagnostic[] {
  for (const [role, id] of Object.entries({ pad, eos })) {
    if (Number.isInteger(id) && id >= 0 && id < vocabulary) continue;
    const message = `the id of ${role} is ${id}, but the ids of the model’s vocabulary are 0 to ${vocabulary - 1}`;
    return [runtimeDiagnostic('D534', message, 'give the model the vocabulary of its tokenizer')];
  }
  if (pad !== eos) return [];
  const message = `pad and eos are the same token, ${eos}: a model could not distinguish the end of a text from padding`;
  return [runtimeDiagnostic('D532', message, 'give the tokenizer a separate pad token')];
}

/**
 * Refuses search options for an entry that does not search, because they would have no effect. Default values are
 * accepted.
 */
function checkSearches(entry: Entry, options: CompileOptions): readonly Diagnostic[] {
  const asked = Object.keys(SEARCH_OPTIONS) as (keyof SearchSettings)[];
  const given = asked.filter((name) => (options[name] ?? GREEDY[name]) !== GREEDY[name]);
  if (given.length === 0 || SEARCHING.includes(entry)) return [];
  const message = `entry '${entry}' does not search for a text, so ${given.join(', ')} would have no effect`;
  return [
    runtimeDiagnostic('D570', message, `leave the option out, or compile for one of ${SEARCHING.join(', ')}`),
  ];
}

export type CompileOutcome = Outcome<Compiled> & {
  /** The text that `benben replay` runs again. Present only if a pass failed, which is a bug of Benben. */
  readonly reproducer?: string;
};

/**
 * Compiles a model of a source to an optimised graph. If the result has no `value`, the diagnostics say what is wrong
 * with the source, with the options (D556, D570) or with their combination (D532, D534, D555, D562). The function never
 * throws because of a user's mistake.
 */
export const compile = (source: Source, options: CompileOptions = {}): CompileOutcome =>
  withSource(compileSource(source, options), source);

function compileSource(source: Source, options: CompileOptions): CompileOutcome {
  const misuse = optionProblems('compile', options, COMPILE_OPTIONS);
  if (misuse.length > 0) return { diagnostics: misuse };
  const parsed = parse(source);
  if (!parsed.value) return { diagnostics: parsed.diagnostics };
  const picked = pickModel(parsed.value, options.model, source.path);
  const diagnostics = [...parsed.diagnostics, ...picked.diagnostics];
  const spec = picked.value;
  if (!spec) return { diagnostics };
  const entry = options.entry ?? defaultEntryOf(spec);
  const [target, compat] = [options.target ?? 'cpu', options.compat ?? 'none'];
  const ids: SpecialIds = { ...FAIRSEQ_SPECIAL, ...options.ids };
  const search: SearchSettings = {
    beam: options.beam ?? GREEDY.beam,
    returned: options.returned ?? GREEDY.returned,
    noRepeatNgram: options.noRepeatNgram ?? GREEDY.noRepeatNgram,
  };
  const { precision = 'fp32', forms, opset } = options;
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
  const chosen = opset === undefined ? {} : { opset };
  const ctx = { ops: OPS, target, precision, ...chosen, ...(forms && { forms }) };
  const run = runPasses(lowered.value, passes, ctx, options.watch ?? {});
  diagnostics.push(...run.diagnostics);
  if (!run.value) return { diagnostics, ...(run.reproducer && { reproducer: run.reproducer }) };
  const { graph, stats } = run.value;
  const weights = graph.params.map((p) => p.weight);
  const about = { source, spec, entry, target, precision, ...chosen, compat, ids, search };
  const made = { ...about, graph, passes: stats, weights };
  return { value: made, diagnostics };
}

/** Compiles the same model in the same form for each of its entries, in the order of `ENTRY_NAMES`. */
export function compileEntries({
  source,
  spec,
  target,
  precision,
  compat,
  ids,
}: Compiled): readonly Compiled[] {
  const options = { model: spec.name, target, precision, compat, ids };
  return ENTRY_NAMES.flatMap((entry) => compile(source, { ...options, entry }).value ?? []);
}

export interface EmitArtifactOptions {
  /** The origin of the weights, which is written into the metadata. */
  readonly weights: Pick<WeightSource, 'label' | 'random'>;
  /** The name of the file that contains the weights, in the folder of the model. Default: the model's file has them. */
  readonly dataFile?: string;
  /** Expands the `ai.benben` functions, for runtimes that do not support model-local functions. */
  readonly inline?: boolean;
  /** The tokenizer that the metadata names: `bytes`, or a file in the artifact's folder. Default `bytes`. */
  readonly tokenizer?: string;
  /** The largest and the mean error of a quantised artifact against float32, for the metadata. */
  readonly error?: { readonly max: number; readonly mean: number };
}

/** Emits the ONNX messages of a compiled model, with the metadata of the artifact. */
export function emitCompiled(compiled: Compiled, options: EmitArtifactOptions): Emitted {
  const { source, spec, entry, target, precision, opset, compat, ids, search, graph } = compiled;
  const { tokenizer = 'bytes', inline = false, dataFile, error } = options;
  const { label, random } = options.weights;
  const parameters = parametersOf(compiled.weights);
  const info = {
    model: spec.name,
    entry,
    version: VERSION,
    compat,
    target,
    precision,
    ...(opset !== undefined && { opset }),
    weights: label,
    random,
    tokenizer,
    ids,
    search,
    parameters,
    spec,
    ...(error && { error }),
  };
  const emitted = emit(graph, {
    ops: OPS,
    version: VERSION,
    metadata: {},
    inline,
    ...(opset !== undefined && { opset }),
    ...(dataFile !== undefined && { dataFile }),
  });
  const { onnxRuntime } = emitted.versions;
  const metadata = metadataOf({ ...info, onnxRuntime }, source);
  return { ...emitted, options: { ...emitted.options, metadata } };
}

/** The weights of several parts of a model. A weight that several parts share is listed once. */
export const weightsIn = (parts: readonly Compiled[]): readonly WeightSpec[] => [
  ...new Map(parts.flatMap((part) => part.weights).map((weight) => [weight.name, weight])).values(),
];

/** The number of parameters in these weights. */
export const parametersOf = (weights: readonly WeightSpec[]): number =>
  weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
