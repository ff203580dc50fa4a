/**
 * What this machine reaches: rates for the roofline (`compiler/cost/roofline.ts`), each measured on a graph of one kind
 * of node, which is compiled and run as models are.
 */
import { cpus } from 'node:os';
import type { Machine, Rate, RateName } from '../compiler/cost/machine.ts';
import { RATE_NAMES } from '../compiler/cost/machine.ts';
import { emit } from '../compiler/emit/index.ts';
import { type Builder, createBuilder, type Value } from '../compiler/ir/build.ts';
import { type } from '../compiler/ir/graph.ts';
import { require } from '../compiler/ir/op.ts';
import { OPS } from '../compiler/ops/index.ts';
import { expand } from '../compiler/ops/layout.ts';
import { linear } from '../compiler/ops/linear.ts';
import { slice } from '../compiler/ops/pieces.ts';
import { softmax } from '../compiler/ops/softmax.ts';
import { sigmoid, sqrt } from '../compiler/ops/unary.ts';
import type { Init } from '../compiler/weights.ts';
import { DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import { PIPELINE_OF, PIPELINES } from '../passes/index.ts';
import { type Form, formFor } from '../passes/linear_costs.ts';
import { HALF_TARGETS, PRECISIONS, type Precision, type Target } from '../passes/pass.ts';
import { runPasses } from '../passes/run.ts';
import { dataFileName, writeArtifact } from './artifact.ts';
import { findDevice } from './device.ts';
import { openSession, type Session, type SessionOptions } from './session.ts';
import { median, timed } from './stopwatch.ts';
import { openTemporary } from './temporary_artifact.ts';
import { VERSION } from './version.ts';
import { randomWeights } from './weights/random.ts';

export interface MeasureMachineOptions {
  /** A name of DEVICES, or `auto`. Default `cpu`. */
  readonly device?: string;
  /** Threads of one operator. Default: ONNX Runtime's. */
  readonly threads?: number;
  /** What to measure besides fp32 (`ratesOf`); default: all that models for the device are computed in. */
  readonly rates?: readonly RateName[];
  /** How much of it is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** How a model comes by each arithmetic, and the bytes of a weight in it; scales of blocks among them. */
const ARITHMETIC: Readonly<
  Record<RateName, { readonly precision: Precision; readonly form: Form; readonly bytes: number }>
> = {
  fp32: { precision: 'fp32', form: 'fp32', bytes: 4 },
  fp16: { precision: 'fp16', form: 'fp32', bytes: 2 },
  int8: { precision: 'int8', form: 'dynamic8', bytes: 1 },
  block8: { precision: 'int8', form: 'block8', bytes: 1 + 4 / 128 },
  block4: { precision: 'int4', form: 'block4', bytes: 1 / 2 + 4 / 64 },
};

/** Rows of one document's step, of a few beams, and of a text. */
const ROWS = [1, 4, 512] as const;
/** The sizes of a layer decide nothing but small differences. */
const LAYER = { in: 768, out: 768 } as const;

/** What models of a precision are computed in on a target. */
export function ratesOf(precision: Precision, target: Target): readonly RateName[] {
  const forms = ROWS.map((rows) => formFor(precision, target, rows, LAYER));
  const half = precision === 'fp16' && HALF_TARGETS.includes(target);
  return RATE_NAMES.filter((name) => {
    if (name === 'fp32' || name === 'fp16') return name === 'fp32' || half;
    return forms.includes(ARITHMETIC[name].form);
  });
}

type Build = (b: Builder, x: Value) => Value;

interface Probe {
  /** Length of its input, a row. */
  readonly width: number;
  readonly build: Build;
  readonly rate?: RateName;
}

/** One row of the result: giving all of it back would cost more than some nodes do. */
const firstRow = (b: Builder, y: Value): Value => b.add(slice, [y], { axis: 0, start: 0, end: 1 });

const linearOf =
  (rows: number, width: number, out: number, init: Init): Build =>
  (b, x) => {
    const all = rows === 1 ? x : b.add(expand, [x], { shape: [rows, width] });
    const weight = b.param({ name: 'weight', shape: [out, width], init });
    return firstRow(b, b.add(linear, [all, weight, null]));
  };

const repeated = (times: number, step: (b: Builder, x: Value) => Value): Build => {
  return (b, x) => Array.from({ length: times }).reduce<Value>((y) => step(b, y), x);
};

/** Large enough that nothing but the products counts; a product of more would take a small machine seconds. */
const PRODUCT = { rows: 1024, width: 2048, out: 2048 } as const;
/** More weights than caches hold. In fewer bits decoding is not as fast as memory, and quantising takes its time. */
const STREAM_WIDTH = 1024;
const streamed = (rate: RateName): number => (rate === 'fp32' || rate === 'fp16' ? 32 : 12) * 2 ** 20;
/** As attention has them: a head and block at a time. */
const SOFTMAX = { side: 512, times: 32 } as const;
const CHAIN = 300;

const RUN: Probe = { width: 16, build: (b, x) => b.add(sigmoid, [x]) };
const KERNELS: Probe = {
  width: 16,
  build: repeated(CHAIN / 2, (b, x) => b.add(sqrt, [b.add(sigmoid, [x])])),
};
const EXPS: Probe = {
  width: SOFTMAX.side,
  build: (b, x) => {
    const square = b.add(expand, [x], { shape: [SOFTMAX.side, SOFTMAX.side] });
    return firstRow(b, repeated(SOFTMAX.times, (_, y) => b.add(softmax, [y]))(b, square));
  },
};
const productIn = (rate: RateName): Probe => ({
  rate,
  width: PRODUCT.width,
  build: linearOf(PRODUCT.rows, PRODUCT.width, PRODUCT.out, { kind: 'uniform', bound: 1 }),
});
const streamIn = (rate: RateName): Probe => ({
  rate,
  width: STREAM_WIDTH,
  build: linearOf(1, STREAM_WIDTH, streamed(rate) / STREAM_WIDTH, { kind: 'constant', value: 0.5 }),
});

/** Compiled as a model of that arithmetic is, every weight in its form. */
async function openProbe({ width, build, rate = 'fp32' }: Probe, target: Target, options: SessionOptions) {
  const b = createBuilder('probe');
  b.output('y', build(b, b.input('x', type('f32', 1, width))));
  const { precision, form } = ARITHMETIC[rate];
  const ctx = { ops: OPS, target, precision, forms: new Map([['weight', form]]) };
  const { value, diagnostics } = runPasses(b.done(), PIPELINES[PIPELINE_OF[precision]], ctx);
  require(value !== undefined, () => diagnostics.map(({ message }) => message).join('; '));
  const emitting = { ops: OPS, metadata: {}, version: VERSION };
  const opened = await openTemporary(
    'probe',
    (path) => {
      const emitted = emit(value.graph, { ...emitting, dataFile: dataFileName(path) });
      return writeArtifact(path, emitted, { weights: randomWeights(0) });
    },
    (path): Promise<Outcome<Session>> => openSession(path, options),
  );
  if (!opened.value) throw new DiagnosticError(...opened.diagnostics);
  return opened.value;
}

const RUNS = { least: 5, most: 40, seconds: 0.3 } as const;

/** Measures a device of this machine; some seconds. */
export async function measureMachine(options: MeasureMachineOptions = {}): Promise<Outcome<Machine>> {
  const found = await findDevice(options.device ?? 'cpu');
  if (!found.value) return { diagnostics: found.diagnostics };
  try {
    return { value: await measured(found.value, options), diagnostics: [] };
  } catch (error) {
    if (error instanceof DiagnosticError) return { diagnostics: error.diagnostics };
    throw error;
  }
}

async function measured(
  { name, target }: { readonly name: string; readonly target: Target },
  { threads, rates, onProgress, signal }: MeasureMachineOptions,
): Promise<Machine> {
  const all = new Set(PRECISIONS.flatMap((precision) => ratesOf(precision, target)));
  const wanted = RATE_NAMES.filter((rate) => rate === 'fp32' || (rates?.includes(rate) ?? all.has(rate)));
  const total = 3 + 2 * wanted.length;
  let done = 0;
  const secondsOf = async (probe: Probe): Promise<number> => {
    signal?.throwIfAborted();
    onProgress?.(done++ / total);
    const session = await openProbe(probe, target, { device: name, ...(threads && { threads }) });
    const data = Float32Array.from({ length: probe.width }, (_, i) => ((i * 7919) % 1000) / 1000);
    const feeds = { x: { dtype: 'float32', shape: [1, probe.width], data } } as const;
    try {
      const { run } = await timed({ run: () => session.run(feeds, signal ? { signal } : {}) }, RUNS);
      return median(run);
    } finally {
      await session.close();
    }
  };
  const runSeconds = await secondsOf(RUN);
  /** Beside what any run takes; a clock that is too coarse must not make it nothing. */
  const beyondRun = async (probe: Probe): Promise<number> =>
    Math.max((await secondsOf(probe)) - runSeconds, 1e-7);
  const kernelSeconds = (await beyondRun(KERNELS)) / CHAIN;
  const expsPerSecond = (SOFTMAX.side ** 2 * SOFTMAX.times) / (await beyondRun(EXPS));
  const reached: [RateName, Rate][] = [];
  for (const rate of wanted) {
    const operations = 2 * PRODUCT.rows * PRODUCT.width * PRODUCT.out;
    const operationsPerSecond = operations / (await beyondRun(productIn(rate)));
    const bytes = streamed(rate) * ARITHMETIC[rate].bytes;
    // Small weights may lie in a cache here, and will not in a large model: memory is as fast as for float32.
    const memory = reached[0]?.[1].bytesPerSecond ?? Number.POSITIVE_INFINITY;
    const bytesPerSecond = Math.min(bytes / (await beyondRun(streamIn(rate))), memory);
    reached.push([rate, { operationsPerSecond, bytesPerSecond }]);
  }
  return {
    name: nameOf(name, threads),
    source: `measured with Benben ${VERSION}`,
    target: target === 'portable' ? 'cpu' : target,
    rates: Object.fromEntries(reached) as Machine['rates'],
    ...{ expsPerSecond, kernelSeconds, runSeconds },
  };
}

/** What people call it: the processor, or the device. */
function nameOf(device: string, threads?: number): string {
  const [first] = cpus();
  if (device !== 'cpu' || !first) return device;
  const model = first.model.replace(/\s+/g, ' ').trim().slice(0, 60) || 'cpu';
  return threads ? `${model}, ${threads} of ${cpus().length} cores` : `${model}, ${cpus().length} cores`;
}
