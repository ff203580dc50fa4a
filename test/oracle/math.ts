// Plain float64 building blocks of the oracle. Sections refer to SYSTEMS.md.

export type Matrix = number[][];

export interface OracleTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array;
}

/** Named weights in fairseq's names and layouts (5.5). */
export type OracleWeights = ReadonlyMap<string, OracleTensor>;

/** 5.4: LayerNorm epsilon. */
const LAYER_NORM_EPSILON = 1e-5;
/** 0.4: id of the padding token, also fairseq's position index of a pad (5.3). */
export const PAD = 1;
/** 0.4: end of sequence; generation also starts from it (5.2). */
export const EOS = 2;

/** The data of one weight, after checking that it exists with the expected shape. */
export function weight(weights: OracleWeights, name: string, shape: number[]): Float64Array | Float32Array {
  const tensor = weights.get(name);
  if (tensor === undefined) throw new Error(`oracle: weight ${name} is missing`);
  const found = tensor.shape.join(',');
  const size = shape.reduce((product, side) => product * side, 1);
  if (found !== shape.join(',') || tensor.data.length !== size) {
    throw new Error(`oracle: weight ${name} has shape [${found}], expected [${shape.join(',')}]`);
  }
  return tensor.data;
}

/** y = x·W^T + b, with W stored [out, in] (5.5). */
export function linear(
  weights: OracleWeights,
  name: string,
  x: Matrix,
  inputs: number,
  outputs: number,
): Matrix {
  const w = weight(weights, `${name}.weight`, [outputs, inputs]);
  const b = weight(weights, `${name}.bias`, [outputs]);
  return x.map((row) => {
    const y: number[] = [];
    for (let o = 0; o < outputs; o++) {
      let sum = 0;
      for (let i = 0; i < inputs; i++) sum += row[i]! * w[o * inputs + i]!;
      y.push(sum + b[o]!);
    }
    return y;
  });
}

/** LN(x) = (x - mean) / sqrt(variance + eps) · gain + bias, biased variance (0.4). */
export function layerNorm(weights: OracleWeights, name: string, x: Matrix): Matrix {
  return x.map((row) => {
    const d = row.length;
    const gain = weight(weights, `${name}.weight`, [d]);
    const bias = weight(weights, `${name}.bias`, [d]);
    const mean = row.reduce((sum, value) => sum + value, 0) / d;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / d;
    const scale = 1 / Math.sqrt(variance + LAYER_NORM_EPSILON);
    return row.map((value, i) => (value - mean) * scale * gain[i]! + bias[i]!);
  });
}

export function add(x: Matrix, y: Matrix): Matrix {
  return x.map((row, r) => row.map((value, i) => value + y[r]![i]!));
}

export function dot(x: readonly number[], y: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}

/** 1 / (1 + e^-x), without overflow on either side. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** Softmax over the given logits; an empty list gives an empty list. */
export function softmax(logits: number[]): number[] {
  const top = logits.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY);
  const e = logits.map((value) => Math.exp(value - top));
  const total = e.reduce((sum, value) => sum + value, 0);
  return e.map((value) => value / total);
}

export function logSoftmax(logits: number[]): number[] {
  const top = logits.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY);
  const total = logits.reduce((sum, value) => sum + Math.exp(value - top), 0);
  return logits.map((value) => value - top - Math.log(total));
}

/**
 * erf(x) = 2/sqrt(pi) · e^(-x²) · sum_n 2^n x^(2n+1) / (1·3·5···(2n+1)).
 * All terms have one sign, so nothing cancels; beyond |x| = 6 it is ±1 in float64.
 */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

export function activate(kind: 'relu' | 'gelu', x: number): number {
  return kind === 'relu' ? Math.max(0, x) : 0.5 * x * (1 + erf(x / Math.SQRT2));
}

/**
 * 5.3: row p is sin(p·f_j) for the first half, cos(p·f_j) for the second,
 * f_j = exp(-j·ln(10000)/(d/2 - 1)); odd d ends in a zero column; the pad's row is zero.
 */
export function sinusoid(index: number, d: number): number[] {
  if (index === PAD) return new Array<number>(d).fill(0);
  const half = Math.floor(d / 2);
  if (half < 2) throw new RangeError('oracle: sinusoids need a width of at least 4');
  const angles: number[] = [];
  for (let j = 0; j < half; j++) angles.push(index * Math.exp((-j * Math.log(10000)) / (half - 1)));
  const row = [...angles.map(Math.sin), ...angles.map(Math.cos)];
  while (row.length < d) row.push(0);
  return row;
}

/** 5.3: pad index + (number of real tokens up to and including this one); pads get the pad index. */
export function positionIndexes(real: boolean[]): number[] {
  let seen = 0;
  return real.map((isReal) => {
    if (isReal) seen++;
    return isReal ? PAD + seen : PAD;
  });
}
