/**
 * Writes safetensors files. The header depends only on the shapes, so it is written first and the tensors are streamed
 * after it, with one piece in memory at a time. The same tensors always give the same bytes.
 */
import { sizeOf } from '../../compiler/ir/tensors.ts';
import type { WeightSource, WeightSpec } from '../../compiler/ir/weights.ts';
import type { Outcome } from '../../dsl/diagnostics.ts';
import { type WriteOptions, writeAll, writeAtomically } from '../write_files.ts';
import { toBytes } from './elements.ts';

export interface WriteSafetensorsOptions extends WriteOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** Aborts the writing, which then rejects with the signal's reason and leaves no file behind. */
  readonly signal?: AbortSignal;
}

/** Writes tensors as float32, in the order of `specs`. Returns the size of the file. */
export function writeSafetensors(
  path: string,
  specs: readonly WeightSpec[],
  source: Pick<WeightSource, 'read'>,
  options: WriteSafetensorsOptions = {},
): Promise<Outcome<{ readonly bytes: number }>> {
  return writeAtomically(
    path,
    async (file) => {
      const header = encodeHeader(specs, options.metadata ?? {});
      await writeAll(file, header);
      let bytes = header.byteLength;
      for (const spec of specs) {
        let left = sizeOf(spec.shape);
        for await (const piece of source.read(spec)) {
          options.signal?.throwIfAborted();
          left -= piece.length;
          if (left < 0) break;
          await writeAll(file, toBytes(piece));
          bytes += piece.byteLength;
        }
        if (left !== 0)
          throw new Error(`the source of ${spec.name} does not yield ${sizeOf(spec.shape)} elements`);
      }
      return { bytes };
    },
    options,
  );
}

function encodeHeader(specs: readonly WeightSpec[], metadata: Readonly<Record<string, string>>): Uint8Array {
  // The JSON is built as text, because an object would treat tensors called `__proto__` or `1` differently.
  const entries =
    Object.keys(metadata).length > 0 ? [`"__metadata__":${JSON.stringify(sorted(metadata))}`] : [];
  const names = new Set(['__metadata__']);
  let end = 0;
  for (const spec of specs) {
    if (names.has(spec.name)) throw new Error(`two tensors are called ${spec.name}`);
    names.add(spec.name);
    const begin = end;
    end += 4 * sizeOf(spec.shape);
    const entry = { dtype: 'F32', shape: spec.shape, data_offsets: [begin, end] };
    entries.push(`${JSON.stringify(spec.name)}:${JSON.stringify(entry)}`);
  }
  const text = Buffer.from(`{${entries.join(',')}}`);
  // Spaces pad the header to a multiple of 8, so that the tensors of a mapped file are aligned.
  const length = Math.ceil(text.byteLength / 8) * 8;
  const header = Buffer.alloc(8 + length, ' ');
  header.writeBigUInt64LE(BigInt(length));
  text.copy(header, 8);
  return header;
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
