/**
 * Random weights from a seed. Each tensor has a separate random stream, keyed by seed and name, so its values depend
 * neither on the order of requests nor on the model's other tensors. The streams are xoshiro128++ (Blackman and Vigna),
 * seeded by SHA-256. They use 32-bit integer arithmetic, which is fast and the same in all engines. They are not for
 * cryptography.
 */

import { sha256Of } from '../../compiler/ir/sha256.ts';
import { sizeOf } from '../../compiler/ir/tensors.ts';
import type { Init, WeightSource, WeightSpec } from '../../compiler/ir/weights.ts';
import { DiagnosticError } from '../../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../codes.ts';
import { normalFromBits } from './normal.ts';

/** The number of elements in a piece, which takes 4 MiB. */
export const PIECE = 1 << 20;

/** The version of the algorithm. It must change when the algorithm changes, because a seed then gives other weights. */
const VERSION = 'benben random weights 1';

/** Creates random float32 weights from a seed. Throws DiagnosticError (D512) for a seed that is not an integer. */
export function randomWeights(seed: number | bigint): WeightSource {
  if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
    throw new DiagnosticError(runtimeDiagnostic('D512', `the seed ${seed} is not an integer`));
  }
  // BigInt makes 0, -0 and 0n the same seed.
  const key = BigInt(seed).toString();
  return { label: `random, seed ${key}`, random: true, read: (spec) => draw(key, spec) };
}

async function* draw(seed: string, spec: WeightSpec): AsyncGenerator<Float32Array> {
  const total = sizeOf(spec.shape);
  const state = streamOf(seed, spec.name);
  const fill = filler(spec);
  for (let start = 0; start < total; start += PIECE) {
    const piece = new Float32Array(Math.min(PIECE, total - start));
    fill(state, piece);
    if (spec.init.kind === 'normal') clearRow(piece, start, spec.init.zeroRow, total / (spec.shape[0] ?? 1));
    yield piece;
  }
}

type State = Int32Array;

function streamOf(seed: string, name: string): State {
  const digest = new DataView(sha256Of(`${VERSION}\0${seed}\0${name}`).buffer);
  return Int32Array.from({ length: 4 }, (_, i) => digest.getInt32(4 * i, true));
}

function filler({ name, shape, init }: WeightSpec): (state: State, out: Float32Array) => void {
  switch (init.kind) {
    case 'constant':
      return (_, out) => void out.fill(init.value);
    case 'uniform':
      return (state, out) => fillUniform(state, out, init.bound);
    case 'xavier_uniform': {
      const bound = xavierBound(name, shape, init);
      return (state, out) => fillUniform(state, out, bound);
    }
    case 'normal':
      return (state, out) => fillNormal(state, out, init.std);
  }
}

function xavierBound(
  name: string,
  shape: readonly number[],
  init: Init & { kind: 'xavier_uniform' },
): number {
  const [rows, columns] = shape;
  if (shape.length !== 2 || rows === undefined || columns === undefined) {
    throw new Error(`${name}: xavier_uniform is defined for matrices, not for shape [${shape.join(', ')}]`);
  }
  return init.gain * Math.sqrt(6 / (rows + columns));
}

/**
 * Draws 32-bit integers. It draws many at a time, because one call for each number would take longer than drawing it.
 */
function nextBits(state: State, count: number): Uint32Array {
  const bits = new Uint32Array(count);
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  for (let i = 0; i < count; i++) {
    const sum = (a + d) | 0;
    bits[i] = (((sum << 7) | (sum >>> 25)) + a) | 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
  }
  state.set([a, b, c, d]);
  return bits;
}

/** Divides (-bound, bound) into 2^24 equal intervals, and fills the array with midpoints of randomly drawn intervals. */
function fillUniform(state: State, out: Float32Array, bound: number): void {
  const step = bound / 16777216;
  const bits = nextBits(state, out.length);
  for (let i = 0; i < out.length; i++) out[i] = (2 * (bits[i]! >>> 8) + 1) * step - bound;
}

function fillNormal(state: State, out: Float32Array, std: number): void {
  const bits = nextBits(state, out.length);
  for (let i = 0; i < out.length; i++) out[i] = normalFromBits(bits[i]!) * std;
}

/** Sets the part of a row that is in this piece to zero. The piece begins at element `start` of the matrix. */
function clearRow(piece: Float32Array, start: number, row: number | undefined, width: number): void {
  if (row === undefined) return;
  const from = Math.max(0, row * width - start);
  const to = Math.min(piece.length, (row + 1) * width - start);
  if (from < to) piece.fill(0, from, to);
}
