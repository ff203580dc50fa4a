/** PyTorch's own ONNX export, run by the same ONNX Runtime as Benben's artifacts. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { ints, open, temporaryFolder } from '../models.ts';
import type { Subject } from './models.ts';
import type { Python } from './python.ts';

/** fairseq's id of the end of a sequence, from which a text starts. */
const EOS = 2;

export interface ExportedEncoder {
  run(): Promise<Float32Array>;
  release(): Promise<void>;
}

export async function exportedEncoder(subject: Subject, python: Python): Promise<ExportedEncoder> {
  const path = join(await temporaryFolder(), 'encoder.onnx');
  await python.ask('export', { document: 'long', encoder: path });
  const session = await open(path, { intraOpNumThreads: subject.threads });
  const { long } = subject.documents;
  return {
    run: async () => {
      const { memory } = await session.run({ ids: ints([1, long.length], (i) => long[i]!) });
      return memory!.data as Float32Array;
    },
    release: () => session.release(),
  };
}

export interface ExportedDecoder {
  /** Writes this number of words for the short document, as a greedy search that must not end. */
  run(words: number): Promise<readonly number[]>;
  release(): Promise<void>;
}

/** The names of the caches of each layer in the graph of a step. */
const cachesOf = (layers: number): readonly string[] =>
  Array.from({ length: layers }, (_, i) => [`key.${i}`, `value.${i}`]).flat();

/** Opens the exported step, with caches for at most `most` words. */
export async function exportedDecoder(
  { spec, threads }: Subject,
  python: Python,
  most: number,
): Promise<ExportedDecoder> {
  const folder = await temporaryFolder();
  const [step, caches] = [join(folder, 'step.onnx'), join(folder, 'memory.f32')];
  const [own, memory] = await python.ask<[number[], number[]]>('export_step', {
    document: 'short',
    words: most,
    step,
    caches,
  });
  const session = await open(step, { intraOpNumThreads: threads });
  const names = cachesOf(spec.decoder!.layers);
  const floats = new Float32Array((await readFile(caches)).buffer);
  const size = floats.length / names.length;
  const fixed = Object.fromEntries(
    names.map((name, i) => [
      `memory.${name}`,
      new Tensor('float32', floats.subarray(i * size, (i + 1) * size), memory),
    ]),
  );
  const empty = names.map(() => new Tensor('float32', new Float32Array(own.reduce((a, b) => a * b, 1)), own));
  return {
    run: async (words) => {
      const written: number[] = [];
      let [word, grown]: [Tensor, readonly Tensor[]] = [ints([1, 1], () => EOS), empty];
      for (let at = 0; at < words; at++) {
        const past = Object.fromEntries(names.map((name, i) => [`own.${name}`, grown[i]!]));
        const result = await session.run({ word, at: ints([1], () => at), ...past, ...fixed });
        word = result.next!;
        grown = names.map((name) => result[`grown.${name}`]!);
        written.push(Number(word.data[0]));
      }
      return written;
    },
    release: () => session.release(),
  };
}
