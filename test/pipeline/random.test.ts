import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Init, plainWeight, type WeightSpec } from '../../compiler/ir/weights.ts';
import { DiagnosticError } from '../../dsl/diagnostics.ts';
import { normalFromBits } from '../../pipeline/weights/normal.ts';
import { PIECE, randomWeights } from '../../pipeline/weights/random.ts';

const spec = (name: string, shape: number[], init: Init): WeightSpec => plainWeight(name, shape, init);
const NORMAL: Init = { kind: 'normal', std: 1 };

async function all(seed: number | bigint, wanted: WeightSpec): Promise<Float32Array> {
  const pieces: Float32Array[] = [];
  for await (const piece of randomWeights(seed).read(wanted)) {
    expect(piece.length).toBeLessThanOrEqual(PIECE);
    pieces.push(piece);
  }
  expect(new Set(pieces.map(({ buffer }) => buffer)).size).toBe(pieces.length);
  return Float32Array.from(pieces.flatMap((piece) => [...piece]));
}

const hash = (values: Float32Array): string =>
  createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex').slice(0, 16);

function moments(values: Float32Array): { mean: number; variance: number; kurtosis: number } {
  const n = values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const power = (k: number): number => values.reduce((sum, x) => sum + (x - mean) ** k, 0) / n;
  return { mean, variance: power(2), kurtosis: power(4) / power(2) ** 2 };
}

test('a seed always gives the same bits', async () => {
  // These may change only together with VERSION in random.ts, because users' seeds then give other weights.
  expect(hash(await all(0, spec('a', [1000, 7], NORMAL)))).toMatchInlineSnapshot(`"d37d130a628814dc"`);
  expect(hash(await all(0, spec('a', [50, 50], { kind: 'xavier_uniform', gain: 1 })))).toMatchInlineSnapshot(
    `"3325e016452f2a44"`,
  );
  expect([...(await all(0, spec('a', [4], NORMAL)))]).toMatchInlineSnapshot(`
    [
      1.205728530883789,
      0.2102338671684265,
      1.0661734342575073,
      1.2035657167434692,
    ]
  `);
});

test('streams depend on seed and name only', async () => {
  const first = await all(1, spec('a', [100], NORMAL));
  expect(await all(1n, spec('a', [10, 10], NORMAL))).toEqual(first);
  expect((await all(1, spec('a', [50], NORMAL))).every((x, i) => x === first[i])).toBe(true);
  expect(await all(1, spec('b', [100], NORMAL))).not.toEqual(first);
  expect(await all(2, spec('a', [100], NORMAL))).not.toEqual(first);
  expect(await all(-0, spec('a', [9], NORMAL))).toEqual(await all(0n, spec('a', [9], NORMAL)));
  expect(await all(2n ** 200n, spec('a', [9], NORMAL))).not.toEqual(await all(0n, spec('a', [9], NORMAL)));
});

test('normal numbers are normal, and the padding row is zero across pieces', async () => {
  const width = PIECE / 4 + 1;
  const values = await all(3, spec('e', [9, width], { kind: 'normal', std: 0.5, zeroRow: 4 }));
  const row = (i: number) => values.subarray(i * width, (i + 1) * width);
  expect(row(4).every((x) => x === 0)).toBe(true);
  for (const i of [3, 5]) expect(row(i).some((x) => x === 0)).toBe(false);
  const { mean, variance, kurtosis } = moments(row(0));
  expect(mean).toBeCloseTo(0, 2);
  expect(variance).toBeCloseTo(0.25, 2);
  expect(kurtosis).toBeCloseTo(3, 1);
});

test('uniform numbers fill their range evenly', async () => {
  const values = await all(3, spec('w', [300, 700], { kind: 'xavier_uniform', gain: 2 ** -0.5 }));
  const bound = 2 ** -0.5 * Math.sqrt(6 / 1000);
  const { mean, variance, kurtosis } = moments(values);
  expect(mean / bound).toBeCloseTo(0, 2);
  expect(variance / bound ** 2).toBeCloseTo(1 / 3, 2);
  expect(kurtosis).toBeCloseTo(1.8, 2);
  expect(values.reduce((most, x) => Math.max(most, Math.abs(x)), 0)).toBeLessThanOrEqual(Math.fround(bound));
  const small = await all(0, spec('u', [5], { kind: 'uniform', bound: 0.1 }));
  expect(small.every((x) => Math.abs(x) < 0.1)).toBe(true);
  expect(await all(0, spec('c', [3], { kind: 'constant', value: 1 }))).toEqual(Float32Array.of(1, 1, 1));
  expect(await all(0, spec('s', [], { kind: 'constant', value: 2 }))).toEqual(Float32Array.of(2));
  expect(await all(0, spec('z', [0, 4], NORMAL))).toEqual(new Float32Array(0));
});

test('the inverse normal distribution agrees with published quantiles', () => {
  const at = (p: number): number => normalFromBits(Math.round(p * 2 ** 32 - 0.5));
  const known: readonly (readonly [number, number])[] = [
    [0.5, 0],
    [0.8, 0.8416212335729143],
    [0.93, 1.475791028179171],
    [0.95, 1.6448536269514729],
    [0.975, 1.959963984540054],
    [0.999, 3.090232306167813],
  ];
  for (const [p, z] of known) {
    expect(at(p)).toBeCloseTo(z, 7);
    expect(at(1 - p)).toBeCloseTo(-z, 7);
  }
  expect(normalFromBits(0)).toBeCloseTo(-6.337958, 5);
  expect(normalFromBits(0xffffffff)).toBe(-normalFromBits(0));
  // The function increases everywhere, also where the two formulas meet.
  for (const edge of [0.075 * 2 ** 32, 0.925 * 2 ** 32, 2 ** 31]) {
    const around = Array.from({ length: 2000 }, (_, i) =>
      normalFromBits(Math.floor(edge) - 1_000_000 + 1000 * i),
    );
    expect(around.every((z, i) => i === 0 || z > around[i - 1]!)).toBe(true);
  }
});

test('a seed that is not an integer gives a diagnostic', () => {
  for (const seed of [0.5, Number.NaN, 2 ** 60]) expect(() => randomWeights(seed)).toThrow(DiagnosticError);
  expect(randomWeights(7)).toMatchObject({ label: 'random, seed 7', random: true });
});
