/**
 * Weights for measurements, which are fast to create. All tensors are slices of one piece of random numbers. The slices
 * have different offsets, because the system might store equal pages only once and then read them from a cache.
 */
import { sizeOf } from '../../compiler/ir/tensors.ts';
import { plainWeight, type WeightSource, type WeightSpec } from '../../compiler/ir/weights.ts';
import { PIECE, randomWeights } from '../../pipeline/weights/random.ts';

/** The difference between the offsets of two tensors, which is not a multiple of a page. */
const STEP = 4099;
const SPARE = 61 * STEP;

/**
 * Weights for tensors with `uniform` and `constant` initial values. All uniform tensors get the bound of the first one.
 */
export function noiseWeights(): WeightSource {
  const random = randomWeights(0);
  let drawn: Promise<Float32Array> | undefined;
  let next = 0;
  const draw = async (init: WeightSpec['init']): Promise<Float32Array> => {
    const all: Float32Array[] = [];
    for await (const piece of random.read(plainWeight('noise', [PIECE + SPARE], init))) all.push(piece);
    const noise = new Float32Array(PIECE + SPARE);
    all.forEach((piece, i) => void noise.set(piece, i * PIECE));
    return noise;
  };
  async function* read(spec: WeightSpec): AsyncGenerator<Float32Array> {
    if (spec.init.kind === 'constant') return yield* random.read(spec);
    drawn ??= draw(spec.init);
    const noise = await drawn;
    let left = sizeOf(spec.shape);
    while (left > 0) {
      const size = Math.min(left, PIECE);
      next = (next + STEP) % SPARE;
      yield noise.subarray(next, next + size);
      left -= size;
    }
  }
  return { label: 'noise', random: true, read };
}
