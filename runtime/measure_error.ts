/** Measures the error of a quantised model against float32: compiles and runs both models, and compares their outputs. */
import { DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import { formsIn } from '../passes/index.ts';
import type { Precision } from '../passes/pass.ts';
import { type Compiled, compile } from '../pipeline/compile.ts';
import { type OptionRules, optionProblems, TEXT, unless } from '../pipeline/options.ts';
import {
  CALIBRATION_TEXT,
  type Calibrated,
  calibrate,
  errorBetween,
  type PrecisionError,
} from './calibration.ts';
import { COMPILED_OPTIONS, type LoadCompiledOptions, loadCompiled } from './load.ts';

export interface MeasureOptions
  extends Pick<LoadCompiledOptions, 'weights' | 'seed' | 'tokenizer' | 'signal'> {
  /** The document to measure on. Default: a short English text. */
  readonly document?: string;
  /** Called with the model's precision, the current stage and the completed share of that stage, from 0 to 1. */
  readonly onStage?: (precision: Precision, stage: 'write' | 'load', share: number) => void;
}

const { weights, seed, tokenizer, signal, onStage } = COMPILED_OPTIONS;
const MEASURE_OPTIONS: OptionRules<MeasureOptions> = {
  weights,
  seed,
  tokenizer,
  signal,
  onStage,
  document: TEXT,
};

/**
 * Measures the error of a quantised model against the same model in float32. It is the error of the logits, or of the
 * memory for entry `encode`. Both models are written into temporary folders and run on the CPU, one after the other.
 * Each weight keeps the storage form that it has in `compiled`, although entry `forward` is compiled for the measurement.
 */
export const measureError = (
  compiled: Compiled,
  options: MeasureOptions = {},
): Promise<Outcome<PrecisionError>> =>
  unless(optionProblems('measureError', options, MEASURE_OPTIONS), () => measured(compiled, options));

async function measured(compiled: Compiled, options: MeasureOptions): Promise<Outcome<PrecisionError>> {
  const { source, spec, target, opset, compat, ids, precision } = compiled;
  const entry = compiled.entry === 'encode' ? 'encode' : 'forward';
  const { document = CALIBRATION_TEXT, onStage, ...loading } = options;
  const common = {
    model: spec.name,
    entry,
    target,
    compat,
    ids,
    ...(opset !== undefined && { opset }),
  } as const;
  const run = async (own: Precision): Promise<Outcome<Calibrated>> => {
    const made = compile(source, { ...common, precision: own, forms: formsIn(compiled.graph) });
    if (!made.value) return { diagnostics: made.diagnostics };
    const { value: model, diagnostics } = await loadCompiled(made.value, {
      ...loading,
      device: 'cpu',
      lowMemory: true,
      onStage: (stage, share) => onStage?.(own, stage, share),
    });
    if (!model) return { diagnostics };
    try {
      return await calibrate(model, document);
    } catch (error) {
      if (error instanceof DiagnosticError) return { diagnostics: error.diagnostics };
      throw error;
    } finally {
      await model.close();
    }
  };
  const exact = await run('fp32');
  if (!exact.value) return { diagnostics: exact.diagnostics };
  const quantized = await run(precision);
  if (!quantized.value) return { diagnostics: quantized.diagnostics };
  return { value: errorBetween(exact.value, quantized.value), diagnostics: [] };
}
