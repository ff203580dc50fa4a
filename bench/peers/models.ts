/** The models and documents on which Benben and PyTorch are compared. */
import { join } from 'node:path';
import type { ModelSpec } from '../../dsl/spec.ts';
import { compile, randomWeights, type Source } from '../../index.ts';
import { writeSafetensors } from '../../runtime/weights/write_safetensors.ts';
import { expectValue, temporaryFolder } from '../models.ts';
import { configOf } from './config.ts';
import type { Python } from './python.ts';

/** A model that compiles and runs in seconds. Both poolings rank few rows, so no two scores are nearly equal. */
export const SMALL: Source = {
  path: 'small.ben',
  text: `model Small {
  vocabulary 500
  width      64
  heads      4
  ffn        128 relu
  norm       post
  encoder {
    positions sinusoidal
    attention block(16)
    schedule  128, 128, 32, 16 -> 16
    pool      soft_topk(base: 20) by linear
  }
  decoder {
    layers    2
    positions none
    target    64
  }
  share embeddings
}
`,
};

/** Documents: `long` fills the schedule, and `short` is as long as the memory, so that nothing is pooled. */
export type Document = 'long' | 'short';

export interface Subject {
  readonly source: Source;
  readonly spec: ModelSpec;
  readonly documents: Readonly<Record<Document, readonly number[]>>;
  /** The number of threads of PyTorch, which is also that of the sessions of ONNX Runtime. */
  readonly threads: number;
}

/** Opens a model in Python, with the weights that `writeFrom` writes into Benben's artifacts. */
export async function openSubject(source: Source, python: Python): Promise<Subject> {
  const { spec, weights } = expectValue(compile(source));
  const path = join(await temporaryFolder(), 'model.safetensors');
  expectValue(await writeSafetensors(path, weights, randomWeights(0)));
  const ids = (length: number): readonly number[] =>
    Array.from({ length }, (_, i) => 4 + ((i * 7919) % (spec.vocabulary - 4)));
  const { length, memory } = spec.encoder;
  const documents = { long: ids(length), short: ids(memory) };
  const config = configOf(spec);
  const threads = await python.ask<number>('open', { weights: path, config, documents });
  return { source, spec, documents, threads };
}
