/** `benben inspect --weights`: lists the weights that a model of a `.ben` file needs. */
import { sizeOf } from '../compiler/ir/tensors.ts';
import type { WeightSpec } from '../compiler/ir/weights.ts';
import { parametersOf } from '../pipeline/compile.ts';
import { table } from '../report/view/table.ts';
import { compileOrStop } from './compiling.ts';
import { EXIT, UsageFault } from './faults.ts';
import type { Flags } from './options.ts';
import type { Output } from './output.ts';
import { isOnnx, readSource } from './read.ts';
import { count, counted } from './spelling.ts';

/** What a checkpoint must contain for one weight. */
export const describeWeight = ({ name, shape, group }: WeightSpec) => ({ name, shape, dtype: 'f32', group });

export async function inspectWeights(path: string, flags: Flags, output: Output): Promise<number> {
  if (isOnnx(path))
    throw new UsageFault(
      '--weights is for .ben files: the tensors of an .onnx file are those of its operators',
      'name the source that the file was compiled from',
    );
  if (flags.text('device') !== undefined) throw new UsageFault('--device is for .onnx files');
  const source = await readSource(path, output);
  const model = flags.text('model');
  // Passes change how weights are stored in an artifact, but not which weights a checkpoint must contain.
  const compiled = compileOrStop(source, { passes: 'none', ...(model !== undefined && { model }) }, output);
  const weights = compiled.weights.map(describeWeight);
  const parameters = parametersOf(compiled.weights);
  if (output.json) {
    await output.printJson({
      schema: 'benben.weights/1',
      model: compiled.spec.name,
      parameters,
      weights,
      diagnostics: output.warnings(),
    });
    return EXIT.done;
  }
  const rows = weights.map(({ name, shape, dtype, group }) => [
    name,
    `[${shape.join(', ')}]`,
    dtype,
    group,
    count(sizeOf(shape)),
  ]);
  await output.print(`${table(rows, { right: [4] })}\n`);
  output.note(
    `${compiled.spec.name}: ${counted(weights.length, 'tensor')}, ${count(parameters)} parameters; they are read from files of F32, F16, BF16 or F64`,
  );
  return EXIT.done;
}
