/**
 * The probes that measure the rates of a machine. A probe is a graph that repeats one type of node. It is compiled like
 * a model. `ratesFrom` computes the rates from the times of the probes.
 */
import { type Builder, createBuilder, type Value } from '../compiler/ir/build.ts';
import { type Graph, type } from '../compiler/ir/graph.ts';
import { require } from '../compiler/ir/op.ts';
import { type Init, plainWeight } from '../compiler/ir/weights.ts';
import { add } from '../compiler/ops/binary.ts';
import { OPS } from '../compiler/ops/index.ts';
import { layerNorm } from '../compiler/ops/layer_norm.ts';
import { expand } from '../compiler/ops/layout.ts';
import { linear } from '../compiler/ops/linear.ts';
import { slice } from '../compiler/ops/pieces.ts';
import { softmax } from '../compiler/ops/softmax.ts';
import { sigmoid, sqrt } from '../compiler/ops/unary.ts';
import { PIPELINE_OF, PIPELINES } from '../passes/index.ts';
import { type Form, formFor } from '../passes/linear_costs.ts';
import { HALF_TARGETS, type Precision, type Target } from '../passes/pass.ts';
import { runPasses } from '../passes/run.ts';
import { type Machine, RATE_NAMES, type Rate, type RateName } from '../report/time/machine.ts';

/** For each rate, the precision and storage form that use it, and the bytes per weight, which include the scales. */
const ARITHMETIC: Readonly<
  Record<RateName, { readonly precision: Precision; readonly form: Form; readonly bytes: number }>
> = {
  fp32: { precision: 'fp32', form: 'fp32', bytes: 4 },
  fp16: { precision: 'fp16', form: 'fp32', bytes: 2 },
  int8: { precision: 'int8', form: 'dynamic8', bytes: 1 },
  block8: { precision: 'int8', form: 'block8', bytes: 1 + 4 / 128 },
  block4: { precision: 'int4', form: 'block4', bytes: 1 / 2 + 4 / 64 },
};

/** Typical numbers of rows of a linear: one greedy step, a step with a few beams, and a whole text. */
const ROWS = [1, 4, 512] as const;
/** A typical layer. The form of its weights hardly depends on its sizes. */
const LAYER = { in: 768, out: 768 } as const;

/** The rates at which models of a precision compute on a target. */
export function ratesOf(precision: Precision, target: Target): readonly RateName[] {
  const forms = ROWS.map((rows) => formFor(precision, target, rows, LAYER));
  const half = precision === 'fp16' && HALF_TARGETS.includes(target);
  return RATE_NAMES.filter((name) => {
    if (name === 'fp32' || name === 'fp16') return name === 'fp32' || half;
    return forms.includes(ARITHMETIC[name].form);
  });
}

type Build = (b: Builder, x: Value) => Value;

export interface MachineProbe {
  readonly name: string;
  /** The width of its input, which has shape [1, width] and dtype float32. */
  readonly width: number;
  readonly build: Build;
  /** The rate at which its linears compute. Default fp32. */
  readonly rate?: RateName;
}

/** The first row of a result, because returning all rows would cost more than some nodes do. */
const firstRow = (b: Builder, y: Value): Value => b.add(slice, [y], { axis: 0, start: 0, end: 1 });

const repeated =
  (times: number, step: (b: Builder, x: Value, i: number) => Value): Build =>
  (b, x) =>
    Array.from({ length: times }).reduce<Value>((y, _, i) => step(b, y, i), x);

/** A chain of linears. A single linear would be slower, because threads first have to wake up after a pause. */
interface Linears {
  readonly rows: number;
  readonly width: number;
  /** The number of distinct matrices of shape [width, width]. The linears use them cyclically. */
  readonly weights: number;
  /** The number of linears. */
  readonly times: number;
}

const weightName = (i: number): string => `weight${i}`;

function linears({ rows, width, weights, times }: Linears): Build {
  // The bound preserves the magnitude of the values, because denormal numbers would be slow to multiply.
  const init: Init = { kind: 'uniform', bound: Math.sqrt(3 / width) };
  const all = repeated(times, (b, x, i) => {
    const weight = b.param(plainWeight(weightName(i % weights), [width, width], init));
    return b.add(linear, [x, weight, null]);
  });
  return (b, x) => firstRow(b, all(b, rows === 1 ? x : b.add(expand, [x], { shape: [rows, width] })));
}

/** The probe of matrix products. They are so large that other times are negligible, but take only 1 s on a small core. */
const PRODUCT: Linears = { rows: 1024, width: 2048, weights: 1, times: 4 };
/**
 * The width of matrices that measure the bandwidth. They have 4 MB in fp32, because dividing smaller matrices among
 * threads is slow.
 */
const STREAM_WIDTH = 1024;
export const STREAMED = 64;
/**
 * The probe of the memory's bandwidth. It uses each matrix once, or repeats 8 matrices if they must be quantised first.
 */
const streamOf = (rate: RateName, most: number): Linears => ({
  rows: 1,
  width: STREAM_WIDTH,
  times: STREAMED,
  weights: rate === 'fp32' || rate === 'fp16' ? most : Math.min(most, 8),
});
/** The probe of the cache's bandwidth. It uses so few matrices that they stay in the cache. */
const CACHED: Linears = { rows: 1, width: STREAM_WIDTH, weights: 4, times: STREAMED };
/** The size of the attention scores of one head and one block. */
const SOFTMAX = { side: 512, times: 32 } as const;
const NORM = { rows: 512, width: 768, times: 16 } as const;
const CHAIN = 300;

const productName = (rate: RateName): string => `${rate} product`;
const streamName = (rate: RateName): string => `${rate} stream`;

/** The probes for these rates. `weights` is the number of matrices that measure the bandwidth. */
export const probesFor = (rates: readonly RateName[], weights = STREAMED): readonly MachineProbe[] => [
  { name: 'run', width: 16, build: (b, x) => b.add(sigmoid, [x]) },
  {
    name: 'kernels',
    width: 16,
    build: repeated(CHAIN / 2, (b, x) => b.add(sqrt, [b.add(sigmoid, [x])])),
  },
  {
    name: 'exps',
    width: SOFTMAX.side,
    build: (b, x) => {
      const square = b.add(expand, [x], { shape: [SOFTMAX.side, SOFTMAX.side] });
      return firstRow(b, repeated(SOFTMAX.times, (_, y) => b.add(softmax, [y]))(b, square));
    },
  },
  {
    name: 'norms',
    width: NORM.width,
    build: (b, x) => {
      const vector = (name: string, value: number): Value =>
        b.param(plainWeight(name, [NORM.width], { kind: 'constant', value }));
      const rows = b.add(expand, [x], { shape: [NORM.rows, NORM.width] });
      const [gain, bias] = [vector('gain', 1), vector('bias', 0)];
      const norms = repeated(NORM.times, (_, y) => b.add(layerNorm, [b.add(add, [y, rows]), gain, bias]));
      return firstRow(b, norms(b, rows));
    },
  },
  { name: 'cache', width: STREAM_WIDTH, build: linears(CACHED) },
  ...rates.flatMap((rate): readonly MachineProbe[] => [
    { name: productName(rate), rate, width: PRODUCT.width, build: linears(PRODUCT) },
    { name: streamName(rate), rate, width: STREAM_WIDTH, build: linears(streamOf(rate, weights)) },
  ]),
];

const WEIGHT_NAMES = Array.from({ length: STREAMED }, (_, i) => weightName(i));

/** Compiles a probe like a model that computes at its rate. Every weight is stored in the form of that rate. */
export function compiledProbe({ width, build, rate = 'fp32' }: MachineProbe, target: Target): Graph {
  const b = createBuilder('probe');
  b.output('y', build(b, b.input('x', type('f32', 1, width))));
  const { precision, form } = ARITHMETIC[rate];
  const forms = new Map(WEIGHT_NAMES.map((name) => [name, form]));
  const ctx = { ops: OPS, target, precision, forms };
  const { value, diagnostics } = runPasses(b.done(), PIPELINES[PIPELINE_OF[precision]], ctx);
  require(value !== undefined, () => diagnostics.map(({ message }) => message).join('; '));
  return value.graph;
}

/** The number of bytes of this many matrices in fp32. */
const bytesOf = (matrices: number): number => 4 * STREAM_WIDTH ** 2 * matrices;

/** Computes rates from the seconds of one run of each probe, by the names of the probes. */
export function ratesFrom(
  seconds: Readonly<Record<string, number>>,
  rates: readonly RateName[],
): Pick<Machine, 'rates' | 'cache' | 'expsPerSecond' | 'normsPerSecond' | 'kernelSeconds' | 'runSeconds'> {
  const runSeconds = seconds.run!;
  /** The time of a probe without the constant time of a run. Noise must not make it zero or negative. */
  const beyondRun = (name: string): number => Math.max(seconds[name]! - runSeconds, seconds[name]! / 10);
  const bytesPerSecond = (rate: RateName): number => {
    const { width, times } = streamOf(rate, STREAMED);
    return (width ** 2 * times * ARITHMETIC[rate].bytes) / beyondRun(streamName(rate));
  };
  const memory = bytesPerSecond('fp32');
  const reached = rates.map((rate): [RateName, Rate] => {
    const { rows, width, times } = PRODUCT;
    const operationsPerSecond = (2 * rows * width ** 2 * times) / beyondRun(productName(rate));
    // The weights of a quantised probe may fit into a cache, but the weights of a large model do not. Therefore
    // the bandwidth of memory is an upper limit.
    return [rate, { operationsPerSecond, bytesPerSecond: Math.min(bytesPerSecond(rate), memory) }];
  });
  return {
    rates: Object.fromEntries(reached) as Machine['rates'],
    cache: {
      bytes: bytesOf(CACHED.weights),
      bytesPerSecond: Math.max(bytesOf(CACHED.times) / beyondRun('cache'), memory),
    },
    normsPerSecond: (NORM.rows * NORM.width * NORM.times) / beyondRun('norms'),
    expsPerSecond: (SOFTMAX.side ** 2 * SOFTMAX.times) / beyondRun('exps'),
    kernelSeconds: beyondRun('kernels') / CHAIN,
    runSeconds,
  };
}
