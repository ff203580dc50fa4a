/** `benben diff`: compares two models or artifacts in structure and in cost. */

import { KINDS } from '../compiler/model/kinds/index.ts';
import type { ModelProto } from '../compiler/onnx/model.ts';
import { type CheckLine, checkChanges, checkLines } from '../dsl/check_lines.ts';
import { type Change, changesBetween, type Description, describe } from '../dsl/describe.ts';
import { analyze, suggest } from '../dsl/index.ts';
import type { ModelSpec } from '../dsl/spec.ts';
import { infoFrom } from '../pipeline/metadata.ts';
import { type CostChange, compareCosts, costsOf } from '../report/compare.ts';
import { graphFootprint } from '../report/memory/activations.ts';
import { withMemory } from '../report/memory/memory_report.ts';
import { layersProblem } from '../report/most_layers.ts';
import { reportOf } from '../report/report.ts';

import { checkOwnSource } from '../runtime/check/index.ts';
import { compareGraphs, type GraphDiff } from '../runtime/compare/index.ts';
import { sameBytes } from '../runtime/compare/same_bytes.ts';
import { describeArtifact } from '../runtime/describe_artifact.ts';
import { metadataIn, readWholeModel } from '../runtime/model_file.ts';
import type { Call } from './command.ts';
import { markdown, text } from './diff_text.ts';
import { EXIT, InputFault, unknownModel } from './faults.ts';
import type { Output } from './output.ts';
import { createProgress, pause } from './progress.ts';
import { isOnnx, onlyOneStdin, readSource } from './read.ts';

/** One of the two files. */
interface Side {
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

export async function run({ args, flags, output }: Call): Promise<number> {
  const [first, second] = args as readonly [string, string];
  onlyOneStdin(args);
  const wanted = flags.text('model');
  const [a, b] = [await sideOf(first, output), await sideOf(second, output)];
  refuseStrangers([a, b]);
  if (wanted !== undefined) refuseUnknown(wanted, [a, b]);
  const found = await diffOf(a, b, wanted, output);
  if (output.json) {
    const plain = (_: string, value: unknown): unknown =>
      typeof value === 'bigint' ? jsonInteger(value) : value;
    const all = { schema: 'benben.diff/1', ...found, diagnostics: output.warnings() };
    await output.printJson(JSON.parse(JSON.stringify(all, plain)) as object);
  } else await output.print(flags.on('markdown') ? markdown(found) : text(found, output.out));
  return EXIT.done;
}

/** A number if it represents the value exactly, otherwise a string of digits. */
const jsonInteger = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : String(value);

async function areIdentical(a: Side, b: Side): Promise<boolean | null> {
  if (a.artifact && b.artifact) return sameBytes(a.path, b.path);
  return a.artifact || b.artifact ? null : a.text === b.text;
}

async function sideOf(path: string, output: Output): Promise<Side> {
  if (!isOnnx(path)) {
    const source = await readSource(path, output);
    const { models } = output.take(analyze(source, KINDS), source);
    return { path, models, checks: checkLines(source), artifact: null, text: source.text };
  }
  const model = output.take(await readWholeModel(path));
  // A file with mistakes is still compared, with warnings, because the comparison may show what is wrong.
  const doubts = await checkOwnSource(path);
  output.warn(doubts.map((one) => ({ ...one, severity: 'warning', message: withPath(path, one.message) })));
  const metadata = metadataIn(model);
  const info = infoFrom(metadata);
  // The source is read by the rules of this version. If it has mistakes, only the artifacts are compared.
  const program = info && analyze({ path, text: info.source }, KINDS).value;
  const models = program?.models.filter(({ name }) => name === info?.model) ?? [];
  const checks = checkLines({ path, text: info?.source ?? '' });
  const artifact = { model, fields: describeArtifact(model) };
  return { path, models, checks, artifact, text: null };
}

/** Adds the file's name to a message that lacks it. */
const withPath = (path: string, message: string): string =>
  message.includes(path) ? message : `${path}: ${message}`;

function refuseUnknown(wanted: string, sides: readonly Side[]): void {
  const names = sides.flatMap(({ models }) => models.map(({ name }) => name));
  if (names.includes(wanted)) return;
  const near = suggest(wanted, names);
  throw unknownModel(
    `neither ${sides.map(({ path }) => path).join(' nor ')} has a model '${wanted}'`,
    near ? `did you mean '${near}'?` : `their models are: ${[...new Set(names)].join(', ') || 'none'}`,
  );
}

/** Refuses to compare a source with an artifact that contains no source. */
function refuseStrangers(sides: readonly Side[]): void {
  const stranger = sides.find(({ models, artifact }) => artifact !== null && models.length === 0);
  if (!stranger || sides.every(({ artifact }) => artifact !== null)) return;
  const message = `${stranger.path} contains no source of a model, so it cannot be compared with a .ben file`;
  const help = 'compare it with another .onnx file, such as the artifact of the .ben file';
  throw unknownModel(message, help);
}

async function diffOf(a: Side, b: Side, wanted: string | undefined, output: Output): Promise<Diff> {
  const identical = await areIdentical(a, b);
  const all = pairs(a, b, wanted);
  const specs = all.flat().filter((spec) => spec !== undefined);
  const tooMany = layersProblem(specs, 'compare one model with --model');
  if (tooMany) throw new InputFault([{ source: undefined, diagnostics: [tooMany] }]);
  return {
    before: a.path,
    after: b.path,
    models: await modelDiffs(all, [a, b], output),
    artifact: a.artifact && b.artifact && changesBetween(a.artifact.fields, b.artifact.fields),
    graph: a.artifact && b.artifact && compareGraphs(a.artifact.model, b.artifact.model),
    identical,
  };
}

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

async function modelDiffs(
  all: readonly Pair[],
  sides: readonly [Side, Side],
  output: Output,
): Promise<readonly ModelDiff[]> {
  const progress = createProgress(output);
  const found: ModelDiff[] = [];
  try {
    for (const [i, [before, after]] of all.entries()) {
      progress.stage('comparing models', i / all.length);
      await pause();
      found.push(modelDiff(before, after, sides));
    }
  } finally {
    progress.end();
  }
  return found;
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
