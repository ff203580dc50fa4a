/**
 * Pure functions that compute reports and check budgets from a text, for web pages and editors. The command line
 * combines the same parts itself, because it shows progress between them.
 */
import { KINDS } from '../compiler/model/kinds/index.ts';
import { type Outcome, type Source, withSource } from '../dsl/diagnostics.ts';
import { analyze } from '../dsl/index.ts';
import { inOrder } from '../dsl/problem.ts';
import type { ModelSpec } from '../dsl/spec.ts';
import { parse, pickModel } from '../pipeline/compile.ts';
import { noModelWarning } from '../pipeline/no_model.ts';
import {
  argumentProblem,
  type OptionRules,
  optionProblems,
  SOURCE,
  TEXT,
  type ValueRule,
} from '../pipeline/options.ts';
import { breakEvenOf } from './break_even.ts';
import { type BudgetResult, evaluateBudgets } from './budgets/budgets.ts';
import type { ReportDocument, ReportedModel } from './document.ts';
import { footprint } from './footprint.ts';
import { measure, type ReportLengths } from './measured.ts';
import { graphFootprint } from './memory/activations.ts';
import { withMemory } from './memory/memory_report.ts';
import { reportAt } from './report.ts';
import { FORMATS, type Format } from './view/formats.ts';
import type { Palette } from './view/table.ts';

export interface ReportOptions extends ReportLengths {
  /** The only model of the file to report. Default: all models. */
  readonly model?: string;
}

/** The largest length; the command line has the same limit. */
const LONGEST = 2 ** 24;
const LENGTH: ValueRule = {
  is: `an integer from 1 to ${LONGEST}`,
  fits: (value) => Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= LONGEST,
};

const REPORT_OPTIONS: OptionRules<ReportOptions> = {
  model: TEXT,
  length: LENGTH,
  target: LENGTH,
  batch: LENGTH,
};

function reportedModel(source: Source, spec: ModelSpec, lengths: ReportLengths): ReportedModel {
  const measured = measure(spec);
  return {
    source,
    report: withMemory(reportAt(measured, lengths), graphFootprint),
    breakEven: breakEvenOf(measured, lengths.length),
  };
}

/**
 * Reports the costs of the models of a text. `reportJson` and `renderReport` write the document that it returns.
 * Mistakes in the text and invalid options are returned as diagnostics.
 */
export function report(source: Source, options: ReportOptions = {}): Outcome<ReportDocument> {
  const misuse = optionProblems('report', options, REPORT_OPTIONS);
  if (misuse.length > 0) return { diagnostics: misuse };
  const { value: program, diagnostics } = parse(source);
  if (!program) return withSource({ diagnostics }, source);
  const { model, ...lengths } = options;
  const picked = pickModel(program, model, source.path);
  if (!picked.value) return withSource({ diagnostics: [...diagnostics, ...picked.diagnostics] }, source);
  const chosen = model === undefined ? program.models : [picked.value];
  const value = { models: chosen.map((spec) => reportedModel(source, spec, lengths)) };
  return withSource({ value, diagnostics }, source);
}

const unchanged = (text: string): string => text;
const PLAIN: Palette = { bold: unchanged, dim: unchanged, cyan: unchanged };

/** Writes a whole report (`--full`) in one of the formats of `benben report`. Only the text format has colours. */
export async function renderReport(
  document: ReportDocument,
  format: Format = 'text',
  paint: Palette = PLAIN,
): Promise<string> {
  const { render } = await FORMATS[format]();
  return render(document, paint);
}

/** Checks a text. The diagnostics are its mistakes and broken budgets; the value contains the results of all budgets. */
export function checkSource(source: Source): Outcome<readonly BudgetResult[]> {
  const wrong = argumentProblem('source', source, SOURCE);
  if (wrong) return { diagnostics: [wrong] };
  const { value, checkable, diagnostics: found } = analyze(source, KINDS);
  const empty = noModelWarning(value, source);
  const diagnostics = empty ? [...found, empty] : found;
  if (!checkable) return withSource({ diagnostics }, source);
  const budgets = evaluateBudgets(checkable, source, footprint);
  return withSource({ ...budgets, diagnostics: inOrder([...diagnostics, ...budgets.diagnostics]) }, source);
}
