/**
 * Weights for measuring: as random as a memory or a cache can tell, and there at once. One piece of random numbers, of
 * which each tensor begins elsewhere: pages of equal numbers would be kept once by the system, and read from a cache.
 */
import { plainWeight, type WeightSource, type WeightSpec } from '../../compiler/ir/weights.ts';
import { PIECE, randomWeights } from '../../pipeline/weights/random.ts';

/** No multiple of a page. */
const STEP = 4099;
const SPARE = 61 * STEP;

/** Of tensors with `uniform` and `constant` initial values; all uniform ones have the bound of the first. */
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
    let left = spec.shape.reduce((a, b) => a * b, 1);
    while (left > 0) {
      const size = Math.min(left, PIECE);
      next = (next + STEP) % SPARE;
      yield noise.subarray(next, next + size);
      left -= size;
    }
  }
  return { label: 'noise', random: true, read };
}
