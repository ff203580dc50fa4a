/** The language: turns a text into a program, formats texts, and reports mistakes as diagnostics. */
import type { Diagnostic, Source } from './diagnostics.ts';
import type { KindTables } from './kinds.ts';
import { parse } from './parse.ts';
import { inOrderAndFew } from './problem.ts';
import { type Resolved, resolve } from './resolve.ts';

export type * from './ast.ts';
export type { Code, CodeEntry } from './codes/index.ts';
export { CODES } from './codes/index.ts';
export * from './diagnostics.ts';
export { explain } from './explain.ts';
export type { Field, Scope } from './fields.ts';
export { DECODER_FIELDS, ENCODER_FIELDS, LAYER_FIELDS, MODEL_FIELDS, SCOPES } from './fields.ts';
export { format } from './format.ts';
export type * from './kinds.ts';
export type { Unit } from './numbers.ts';
export { spell, UNITS } from './numbers.ts';
export { parse } from './parse.ts';
export type { Place } from './place.ts';
export { lineFinder } from './place.ts';
export type { BudgetPrecision, Quantity } from './quantities.ts';
export { QUANTITIES } from './quantities.ts';
export type { RenderFormat, RenderOptions, Report } from './render.ts';
export { render, renderAll } from './render.ts';
export { resolve } from './resolve.ts';
export type * from './spec.ts';
export { suggest } from './suggest.ts';

/**
 * Parses and resolves a text in one call. The parts of the text that could be parsed despite syntax mistakes are
 * resolved too, so that one call reports the mistakes of both stages, up to a limit. After a syntax error the result
 * has no `checkable`, because any model may lack a field that could not be read.
 */
export function analyze(source: Source, kinds: KindTables): Resolved {
  const parsed = parse(source);
  if (!parsed.value) return { diagnostics: parsed.diagnostics };
  const resolved = resolve(parsed.value, kinds);
  const diagnostics = inOrderAndFew([...parsed.diagnostics, ...resolved.diagnostics]);
  const isError = ({ severity }: Diagnostic): boolean => severity === 'error';
  if (parsed.diagnostics.some(isError)) return { diagnostics };
  return { ...resolved, diagnostics };
}
