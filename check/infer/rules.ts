/** Every inference rule by the operator's name. The domain precedes the name if it is not ONNX's own. */
import type { InferenceRule } from './call.ts';
import { CONTROL } from './control.ts';
import { DEMANDS } from './demands.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { HEADS } from './heads.ts';
import { NORMS } from './norms.ts';
import { OPERAND_SHAPES } from './operand_shapes.ts';
import { PICKS } from './picks.ts';
import { PRODUCTS } from './products.ts';
import { QUANTISED } from './quantised.ts';
import { REDUCTIONS } from './reductions.ts';
import { SCATTERS } from './scatters.ts';
import { SHAPES } from './shapes.ts';
import { SLICES } from './slices.ts';
import { WINDOWS } from './windows.ts';

/** The rule of an operator, preceded by a check of its demands. */
const demanding = (name: string, rule: InferenceRule): InferenceRule => {
  const demands = [DEMANDS, OPERAND_SHAPES, QUANTISED, SCATTERS, HEADS].flatMap((table) => table[name] ?? []);
  if (demands.length === 0) return rule;
  return (call) => {
    for (const demand of demands) demand(call);
    return rule(call);
  };
};

export const RULES: ReadonlyMap<string, InferenceRule> = new Map(
  Object.entries({
    ...ELEMENTWISE,
    ...SHAPES,
    ...PICKS,
    ...SLICES,
    ...REDUCTIONS,
    ...PRODUCTS,
    ...WINDOWS,
    ...NORMS,
    ...CONTROL,
  }).map(([name, rule]) => [name, demanding(name, rule)]),
);
