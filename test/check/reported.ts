/** The findings of the checker as lines, and small models to check. */
import { checkOnnx, inMemory } from '../../check/index.ts';
import { info, type ModelParts, modelBytes, node } from './foreign_models.ts';

export const reported = (parts: ModelParts): readonly string[] =>
  checkOnnx(inMemory(modelBytes(parts))).map(
    ({ code, severity, message }) => `${severity} ${code} ${message}`,
  );

/** A model with the float input x [2, 3] and the output z, and no node yet. */
export const xToZ: ModelParts = { input: [info('x', [2, 3])], output: [info('z')] };

/** A model of x and z with one node. */
export const of = (
  text: string,
  attributes: Parameters<typeof node>[1] = {},
  more: ModelParts = {},
): ModelParts => ({
  ...xToZ,
  node: [node(text, attributes)],
  ...more,
});
