/** Valid and invalid safetensors files for the tests, in a folder of their own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { plainWeight, type WeightSpec } from '../../compiler/ir/weights.ts';
import { type Diagnostic, DiagnosticError } from '../../dsl/diagnostics.ts';
import { openSafetensors, type SafetensorsFile } from '../../runtime/weights/safetensors.ts';

export const folder = mkdtempSync(join(tmpdir(), 'benben-safetensors-'));
export const PATH = join(folder, 'weights.safetensors');

/** Several test files use the folder one after the other, because a worker loads this module only once. */
export function useFolder(): void {
  beforeAll(() => {
    mkdirSync(folder, { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true }));
}

export const spec = (name: string, ...shape: number[]): WeightSpec =>
  plainWeight(name, shape, { kind: 'normal', std: 1 });

/** Writes a file with the given header and data, which may be invalid. */
export function file(header: unknown, data: Uint8Array = new Uint8Array(0), length?: bigint): string {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(text.byteLength));
  writeFileSync(PATH, Buffer.concat([prefix, text, data]));
  return PATH;
}

export function raw(content: string): string {
  writeFileSync(PATH, content);
  return PATH;
}

/** A well-formed file of float32 tensors, filled with 0, 1, 2, … */
export function good(tensors: Readonly<Record<string, readonly number[]>>): string {
  let end = 0;
  const header = Object.entries(tensors).map(([name, shape]) => {
    const begin = end;
    end += 4 * shape.reduce((a, b) => a * b, 1);
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }];
  });
  const data = Float32Array.from({ length: end / 4 }, (_, i) => i);
  return file(Object.fromEntries(header), new Uint8Array(data.buffer));
}

export async function collect(pieces: AsyncIterable<Float32Array>): Promise<number[]> {
  const values: number[] = [];
  for await (const piece of pieces) values.push(...piece);
  return values;
}

export async function thrown(job: Promise<unknown>): Promise<Diagnostic> {
  const error: unknown = await job.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(DiagnosticError);
  return (error as DiagnosticError).diagnostics[0]!;
}

export async function opened(path: string): Promise<SafetensorsFile> {
  const { value, diagnostics } = await openSafetensors(path);
  expect(diagnostics).toEqual([]);
  return value!;
}
