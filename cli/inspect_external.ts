/**
 * The external files that contain tensors of an .onnx model. The model's author chose their names, so files outside the
 * model's folder are not examined.
 */
import type { FileFact } from '../check/index.ts';
import type { Common } from '../compiler/onnx/model.ts';
import { dataFilesBeside } from '../runtime/beside.ts';

export interface ExternalFile {
  readonly location: string;
  readonly tensors: number;
  /** The file's size; absent when the file cannot be read. */
  readonly size?: number;
  readonly problem?: string;
}

interface Need {
  tensors: number;
  bytes: number;
}

export async function externalFiles(
  model: string,
  tensors: readonly Common<'TensorProto'>[],
): Promise<readonly ExternalFile[]> {
  const needs = new Map<string, Need>();
  for (const { externalData } of tensors) {
    const fields = new Map((externalData ?? []).map(({ key, value }) => [key, value ?? '']));
    const location = fields.get('location');
    if (location === undefined) continue;
    const need = needs.get(location) ?? { tensors: 0, bytes: 0 };
    need.tensors++;
    need.bytes = Math.max(need.bytes, Number(fields.get('offset') ?? 0) + Number(fields.get('length') ?? 0));
    needs.set(location, need);
  }
  const found = await dataFilesBeside(model, [...needs.keys()]);
  return [...needs].map(([location, need]) => describe(location, need, found.get(location)!));
}

function describe(location: string, { tensors, bytes }: Need, found: FileFact): ExternalFile {
  if ('problem' in found) {
    const outside = found.problem === 'outside';
    const problem = outside ? 'outside the model’s folder, so no runtime should read it' : found.problem;
    return { location, tensors, problem };
  }
  const { size } = found;
  const short = size < bytes;
  return {
    location,
    tensors,
    size,
    ...(short && { problem: `too short: it has ${size} bytes, but the model needs ${bytes}` }),
  };
}
