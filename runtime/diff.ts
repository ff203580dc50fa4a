/** Compares two models or artifacts in structure and in cost. */

import { KINDS } from '../compiler/model/kinds/index.ts';
import type { ModelProto } from '../compiler/onnx/model.ts';
import { type CheckLine, checkChanges, checkLines } from '../dsl/check_lines.ts';
import { type Change, changesBetween, type Description, describe } from '../dsl/describe.ts';
import { type Diagnostic, type Outcome, type Source, withSource } from '../dsl/diagnostics.ts';
import { analyze, suggest } from '../dsl/index.ts';
import type { ModelSpec } from '../dsl/spec.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { infoFrom } from '../pipeline/metadata.ts';
import {
  argumentProblem,
  either,
  type OptionRules,
  optionProblems,
  SOURCE,
  TEXT,
  unless,
} from '../pipeline/options.ts';
import { type CostChange, compareCosts, costsOf } from '../report/compare.ts';
import { graphFootprint } from '../report/memory/activations.ts';
import { withMemory } from '../report/memory/memory_report.ts';
import { layersProblem } from '../report/most_layers.ts';
import { reportOf } from '../report/report.ts';
import { checkOwnSource } from './check/index.ts';
import { compareGraphs, type GraphDiff } from './compare/index.ts';
import { sameBytes } from './compare/same_bytes.ts';
import { describeArtifact } from './describe_artifact.ts';
import { metadataIn, readWholeModel } from './model_file.ts';
import { readSource } from './read_source.ts';

/** One of the two files. */
export interface Side {
  readonly path: string;
  readonly models: readonly ModelSpec[];
  /** The lines of the file's `check` blocks, by model. */
  readonly checks: ReadonlyMap<string, readonly CheckLine[]>;
  /** Null for a source. */
  readonly artifact: { readonly model: ModelProto; readonly fields: Description } | null;
  /** The source text; null for an artifact. */
  readonly text: string | null;
}

export interface ModelDiff {
  /** The name in the second file, or in the first if the model is gone. */
  readonly name: string;
  /** The name in the first file; null if the model is new. */
  readonly before: string | null;
  /** The name in the second file; null if the model is gone. */
  readonly after: string | null;
  readonly changes: readonly Change[];
  /** Changes in the lines of the model's `check` blocks. */
  readonly budgets: readonly Change[];
  readonly costs: readonly CostChange[];
}

export interface Diff {
  readonly before: string;
  readonly after: string;
  readonly models: readonly ModelDiff[];
  /** Changes in the fields of the files; null unless both are artifacts. */
  readonly artifact: readonly Change[] | null;
  /** Changes in the graphs, node by node; null unless both are artifacts. */
  readonly graph: GraphDiff | null;
  /** Whether the files are equal byte by byte; null if a source is compared with an artifact. */
  readonly identical: boolean | null;
}

export interface DiffOptions {
  /** The only model to compare. Default: all models of both files. */
  readonly model?: string;
}

const DIFF_OPTIONS: OptionRules<DiffOptions> = { model: TEXT };
const PATH_OR_SOURCE = either({ ...TEXT, is: 'a path' }, SOURCE);

/**
 * Compares two models: the path of a `.ben` or `.onnx` file, or a source text. The value says what changed in the models,
 * their budgets, their costs and, for two artifacts, in their graphs. Doubts about the source text in an artifact are
 * warnings.
 */
export const diff = (
  before: Source | string,
  after: Source | string,
  options: DiffOptions = {},
): Promise<Outcome<Diff>> =>
  unless(
    [
      argumentProblem('before', before, PATH_OR_SOURCE),
      argumentProblem('after', after, PATH_OR_SOURCE),
      ...optionProblems('diff', options, DIFF_OPTIONS),
    ],
    async () => {
      const first = await sideAt(before);
      if (!first.value) return first;
      const second = await sideAt(after);
      if (!second.value) return second;
      const compared = await diffSides(first.value, second.value, options.model);
      const doubts = [...first.diagnostics, ...second.diagnostics, ...compared.diagnostics];
      return { ...compared, diagnostics: doubts };
    },
  );

async function sideAt(what: Source | string): Promise<Outcome<Side>> {
  if (typeof what !== 'string') return sideOfSource(what);
  if (/\.onnx$/i.test(what)) return sideOfArtifact(what);
  const read = await readSource(what);
  return read.value ? sideOfSource(read.value) : read;
}

export function sideOfSource(source: Source): Outcome<Side> {
  const { value, diagnostics } = analyze(source, KINDS);
  if (!value) return withSource({ diagnostics }, source);
  const { path, text } = source;
  const side = { path, models: value.models, checks: checkLines(source), artifact: null, text };
  return withSource({ value: side, diagnostics }, source);
}

export async function sideOfArtifact(path: string): Promise<Outcome<Side>> {
  const read = await readWholeModel(path);
  if (!read.value) return read;
  const model = read.value;
  // A file with mistakes is still compared, with warnings, because the comparison may show what is wrong.
  const doubts = (await checkOwnSource(path)).map(
    (one): Diagnostic => ({ ...one, severity: 'warning', message: withPath(path, one.message) }),
  );
  const info = infoFrom(metadataIn(model));
  // The source is read by the rules of this version. If it has mistakes, only the artifacts are compared.
  const program = info && analyze({ path, text: info.source }, KINDS).value;
  const models = program?.models.filter(({ name }) => name === info?.model) ?? [];
  const checks = checkLines({ path, text: info?.source ?? '' });
  const artifact = { model, fields: describeArtifact(model) };
  return {
    value: { path, models, checks, artifact, text: null },
    diagnostics: [...read.diagnostics, ...doubts],
  };
}

/** Adds the file's name to a message that lacks it. */
const withPath = (path: string, message: string): string =>
  message.includes(path) ? message : `${path}: ${message}`;

/** Compares two sides. Calls `onShare` before each pair of models, with the share of the pairs that are done. */
export async function diffSides(
  a: Side,
  b: Side,
  wanted?: string,
  onShare: (share: number) => Promise<void> = async () => {},
): Promise<Outcome<Diff>> {
  const all = pairs(a, b, wanted);
  const specs = all.flat().filter((spec) => spec !== undefined);
  const refused =
    stranger([a, b]) ??
    (wanted === undefined ? undefined : unknown(wanted, [a, b])) ??
    layersProblem(specs, 'compare one model with --model');
  if (refused) return { diagnostics: [refused] };
  const models: ModelDiff[] = [];
  for (const [i, [before, after]] of all.entries()) {
    await onShare(i / all.length);
    models.push(modelDiff(before, after, [a, b]));
  }
  return { value: { ...graphDiffs(a, b), models, identical: await areIdentical(a, b) }, diagnostics: [] };
}

function unknown(wanted: string, sides: readonly Side[]): Diagnostic | undefined {
  const names = sides.flatMap(({ models }) => models.map(({ name }) => name));
  if (names.includes(wanted)) return undefined;
  const near = suggest(wanted, names);
  return runtimeDiagnostic(
    'D555',
    `neither ${sides.map(({ path }) => path).join(' nor ')} has a model '${wanted}'`,
    near ? `did you mean '${near}'?` : `their models are: ${[...new Set(names)].join(', ') || 'none'}`,
  );
}

/** Refuses to compare a source with an artifact that contains no source. */
function stranger(sides: readonly Side[]): Diagnostic | undefined {
  const found = sides.find(({ models, artifact }) => artifact !== null && models.length === 0);
  if (!found || sides.every(({ artifact }) => artifact !== null)) return undefined;
  const message = `${found.path} contains no source of a model, so it cannot be compared with a .ben file`;
  const help = 'compare it with another .onnx file, such as the artifact of the .ben file';
  return runtimeDiagnostic('D555', message, help);
}

async function areIdentical(a: Side, b: Side): Promise<boolean | null> {
  if (a.artifact && b.artifact) return sameBytes(a.path, b.path);
  return a.artifact || b.artifact ? null : a.text === b.text;
}

const graphDiffs = (a: Side, b: Side): Omit<Diff, 'models' | 'identical'> => ({
  before: a.path,
  after: b.path,
  artifact: a.artifact && b.artifact && changesBetween(a.artifact.fields, b.artifact.fields),
  graph: a.artifact && b.artifact && compareGraphs(a.artifact.model, b.artifact.model),
});

type Pair = readonly [ModelSpec | undefined, ModelSpec | undefined];

/** Pairs models by name. If each side has only one model, the two are a pair whatever their names. */
function pairs(a: Side, b: Side, wanted: string | undefined): readonly Pair[] {
  const of = ({ models }: Side): readonly ModelSpec[] =>
    wanted === undefined ? models : models.filter(({ name }) => name === wanted);
  const [before, after] = [of(a), of(b)];
  if (before.length === 1 && after.length === 1) return [[before[0], after[0]]];
  const names = new Set([...before, ...after].map(({ name }) => name));
  const named = (list: readonly ModelSpec[], name: string) => list.find((spec) => spec.name === name);
  // An artifact contains only one model of its source, so the other models do not count as gone.
  const both = a.artifact === null && b.artifact === null;
  return [...names]
    .map((name): Pair => [named(before, name), named(after, name)])
    .filter(([x, y]) => both || (x && y));
}

const NOTHING: Description = new Map();

function modelDiff(
  before: ModelSpec | undefined,
  after: ModelSpec | undefined,
  sides: readonly [Side, Side],
): ModelDiff {
  const lines = ({ checks }: Side, spec: ModelSpec | undefined): readonly CheckLine[] =>
    (spec && checks.get(spec.name)) ?? [];
  const [old, now] = [before, after].map((spec) =>
    spec ? costsOf(withMemory(reportOf(spec), graphFootprint)) : null,
  );
  return {
    name: (after ?? before)!.name,
    before: before?.name ?? null,
    after: after?.name ?? null,
    changes: changesBetween(before ? describe(before) : NOTHING, after ? describe(after) : NOTHING),
    budgets: checkChanges(lines(sides[0], before), lines(sides[1], after)),
    costs: compareCosts(old!, now!),
  };
}
