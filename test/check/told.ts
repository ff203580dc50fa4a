/** What the checker tells of a model, as lines; and small models to be told of. */
import { checkOnnx, inMemory } from '../../check/index.ts';
import { info, type ModelParts, modelBytes, node } from './foreign_models.ts';

export const told = (parts: ModelParts): readonly string[] =>
  checkOnnx(inMemory(modelBytes(parts))).map(
    ({ code, severity, message }) => `${severity} ${code} ${message}`,
  );

/** x [2, 3], floats, to z. */
export const xToZ: ModelParts = { input: [info('x', [2, 3])], output: [info('z')] };

/** The same by one node. */
export const of = (
  text: string,
  attributes: Parameters<typeof node>[1] = {},
  more: ModelParts = {},
): ModelParts => ({
  ...xToZ,
  node: [node(text, attributes)],
  ...more,
});
