/** A small compiled model, and artifacts of it with any metadata. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type CompileOptions, compile, randomWeights, write } from '../../index.ts';
import { decodeModelProto, encodeModelProto } from '../onnx_messages.ts';

export const SOURCE = {
  path: 'tiny.ben',
  text: `model Tiny {
  vocabulary 300
  width 16
  heads 2
  encoder { attention block(8); schedule 32, 16 -> 4; pool soft_topk by linear }
  decoder { layers 2; target 12 }
}`,
};

export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'benben-artifact-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** Writes an artifact as a single file and returns its path. */
export async function artifactIn(
  folder: string,
  name: string,
  options: CompileOptions = {},
): Promise<string> {
  const path = join(folder, name);
  const compiled = compile(SOURCE, options).value!;
  const { value } = await write(compiled, path, { weights: randomWeights(0), singleFile: true });
  if (!value) throw new Error('not written');
  return path;
}

/** The same artifact with other metadata. Keys are given without `benben.`, and the value undefined removes a key. */
export function claiming(
  path: string,
  name: string,
  claims: Readonly<Record<string, string | undefined>>,
): string {
  const model = decodeModelProto(readFileSync(path));
  const kept = model.metadataProps.filter(
    ({ key }) => !Object.hasOwn(claims, (key ?? '').slice('benben.'.length)),
  );
  const more = Object.entries(claims).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key: `benben.${key}`, value }],
  );
  const changed = join(path, '..', name);
  writeFileSync(changed, encodeModelProto({ ...model, metadataProps: [...kept, ...more] }));
  return changed;
}
