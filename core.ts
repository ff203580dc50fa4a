/**
 * The part of Benben that does not need Node, so that it also runs in a browser, in a worker or in an editor. Its
 * functions take texts and bytes, and return models, reports and diagnostics. None of them reads or writes a file.
 * `benben` itself (index.ts) adds sessions, files and tokenizers, which need Node.
 */

export { type ByteSource, checkOnnx, type FileFact, inMemory } from './check/index.ts';
export {
  type Emitted,
  encodeModel,
  encodeSingleFile,
  type Placement,
  SINGLE_FILE_LIMIT,
  streamData,
} from './compiler/emit/index.ts';
export type { WeightSource, WeightSpec } from './compiler/ir/weights.ts';
export type { Compat, Entry, SearchSettings, SpecialIds } from './compiler/model/index.ts';
export type { Diagnostic, Failure, Label, Outcome, Source, Span, Success } from './dsl/diagnostics.ts';
export { DiagnosticError } from './dsl/diagnostics.ts';
export { format, type RenderFormat, type RenderOptions, render } from './dsl/index.ts';
export type * from './dsl/spec.ts';
export { unwrap } from './dsl/unwrap.ts';
export type { Precision, Target } from './passes/pass.ts';
export {
  type Compiled,
  type CompileOptions,
  type CompileOutcome,
  compile,
  type EmitArtifactOptions,
  emitCompiled,
  MAX_SOURCE_BYTES,
  parse,
} from './pipeline/compile.ts';
export { VERSION } from './pipeline/constants.ts';
export { randomWeights } from './pipeline/weights/random.ts';
export type { BudgetResult } from './report/budgets/budgets.ts';
export type { ReportDocument, ReportedModel } from './report/document.ts';
export type { ReportLengths } from './report/measured.ts';
export type { ModelReport } from './report/report.ts';
export { REPORT_SCHEMA, reportJson } from './report/report_json.ts';
export { checkSource, type ReportOptions, renderReport, report } from './report/source.ts';
export type { Format as ReportFormat } from './report/view/formats.ts';
export type { Palette } from './report/view/table.ts';
