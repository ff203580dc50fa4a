/** Limits the models of one command, because all their graphs are in memory at the same time. */
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { grouped } from '../dsl/grouped.ts';
import type { ModelSpec } from '../dsl/spec.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';

/** The layers of all models together: eight models of the largest size that the language allows. */
const MOST = 16_384;

const layersOf = ({ encoder, decoder }: ModelSpec): number => encoder.layers.length + (decoder?.layers ?? 0);

/** An error (D587) if the models have too many layers together. `help` says how to choose fewer models. */
export function layersProblem(models: Iterable<ModelSpec>, help: string): Diagnostic | undefined {
  const all = new Set(models);
  let layers = 0;
  for (const spec of all) layers += layersOf(spec);
  if (layers <= MOST) return undefined;
  const message = `the ${grouped(all.size, ',')} models have ${grouped(layers, ',')} layers together; at most ${grouped(MOST, ',')} can be counted at once`;
  return runtimeDiagnostic('D587', message, help);
}
