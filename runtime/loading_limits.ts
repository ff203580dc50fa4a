/** Refuses models that would crash, occupy or fill a machine when ONNX Runtime loads or runs them (check/loading.ts). */
import { beyondLimits } from '../check/loading.ts';
import type { Model } from '../compiler/onnx/model.ts';
import type { Diagnostic, Severity } from '../dsl/diagnostics.ts';

/** A diagnostic (D665) for each limit that the model exceeds. */
export const loadingProblems = (
  path: string,
  model: Model,
  severity: Severity = 'error',
): readonly Diagnostic[] =>
  beyondLimits(model).map((message) => ({
    code: 'D665',
    severity,
    message: `${path} cannot be loaded: ${message}`,
    labels: [],
    help: 'a file like this may have been made to do harm; `benben explain D665` lists the limits',
  }));
