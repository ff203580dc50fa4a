/**
 * The external files that contain tensors of an .onnx model. The model's author chose their names, so files outside the
 * model's folder are not examined.
 */
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { Common } from '../compiler/onnx/model.ts';

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
  return Promise.all([...needs].map(([location, need]) => look(model, location, need)));
}

async function look(model: string, location: string, need: Need): Promise<ExternalFile> {
  const { tensors } = need;
  if (isAbsolute(location) || location.split(/[\\/]/).includes('..')) {
    return { location, tensors, problem: 'outside the model’s folder, so no runtime should read it' };
  }
  const found = await stat(join(dirname(model), location)).catch(() => undefined);
  if (!found?.isFile()) return { location, tensors, problem: 'missing' };
  const short = found.size < need.bytes;
  return {
    location,
    tensors,
    size: found.size,
    ...(short && { problem: `too short: it has ${found.size} bytes, but the model needs ${need.bytes}` }),
  };
}
