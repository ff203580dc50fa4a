/**
 * Benben's public API. `pipeline/compile.ts` runs the stages of the compiler in order, `runtime/write.ts` writes the
 * result to files, and `runtime/load.ts` opens a source text or a file as a model.
 */

export type { WeightSource, WeightSpec } from './compiler/ir/weights.ts';
export type { Compat, Entry, SearchSettings, SpecialIds } from './compiler/model/index.ts';
export type { Diagnostic, Failure, Label, Outcome, Source, Span, Success } from './dsl/diagnostics.ts';
export { DiagnosticError } from './dsl/diagnostics.ts';
export { format, render } from './dsl/index.ts';
export type * from './dsl/spec.ts';
export { unwrap } from './dsl/unwrap.ts';
export type { Precision, Target } from './passes/pass.ts';
export {
  type Compiled,
  type CompileOptions,
  type CompileOutcome,
  compile,
  MAX_SOURCE_BYTES,
  parse,
} from './pipeline/compile.ts';
export { VERSION } from './pipeline/constants.ts';
export type { ArtifactInfo, ArtifactSpec } from './pipeline/metadata.ts';
export { randomWeights } from './pipeline/weights/random.ts';
export type { BudgetResult } from './report/budgets/budgets.ts';
export type { ReportDocument, ReportedModel } from './report/document.ts';
export type { ReportLengths } from './report/measured.ts';
export type { ModelReport } from './report/report.ts';
export { REPORT_SCHEMA, reportJson } from './report/report_json.ts';
export { checkSource, type ReportOptions, renderReport, report } from './report/source.ts';
export type { Format as ReportFormat } from './report/view/formats.ts';
export type { WriteArtifactOptions, WrittenArtifact } from './runtime/artifact.ts';
export type { PrecisionError } from './runtime/calibration.ts';
export { type Checked, check } from './runtime/check_any.ts';
export { type Diff, type DiffOptions, diff, type ModelDiff } from './runtime/diff.ts';
export type { KeptWord } from './runtime/kept_words.ts';
export {
  type LoadCompiledOptions,
  type LoadSourceOptions,
  load,
  loadCompiled,
  loadCompiledStreaming,
  loadSource,
  loadStreaming,
  type StreamingParts,
} from './runtime/load.ts';
export { type MeasureOptions, measureError } from './runtime/measure_error.ts';
export type {
  Generated,
  GenerateOptions,
  Hypothesis,
  LoadOptions,
  Memory,
  Model,
  Reading,
  ReadOptions,
} from './runtime/model.ts';
export { loadModel } from './runtime/model.ts';
export { readSource } from './runtime/read_source.ts';
export type { RunOptions } from './runtime/session.ts';
export type { Piece, Streamed, StreamingModel, StreamingPaths, StreamOptions } from './runtime/stream.ts';
export { openStreaming } from './runtime/stream.ts';
export type { TensorData, Tensors } from './runtime/tensor.ts';
export { type FileTokenizer, openTokenizer, type TokenizerOptions } from './runtime/tokenizer/huggingface.ts';
export type { Encoded, Tokenizer } from './runtime/tokenizer/tokenizer.ts';
export { openSafetensors } from './runtime/weights/safetensors.ts';
export { safetensorsWeights } from './runtime/weights/safetensors_weights.ts';
export { emitArtifact, idsOf, type WriteOptions, weightsFor, write } from './runtime/write.ts';
