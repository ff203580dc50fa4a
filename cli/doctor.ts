/**
 * `benben doctor`: lists the parts of this machine that Benben uses, and tests them. A tiny model is compiled and run
 * on every device that is installed, and its results are compared with the results of the reference interpreter.
 */
import { availableParallelism, totalmem } from 'node:os';
import { interpret } from '../compiler/ir/interpret.ts';
import type { Tensor } from '../compiler/ir/op.ts';
import { OPS } from '../compiler/ops/index.ts';
import { type Compiled, compile } from '../pipeline/compile.ts';
import { VERSION } from '../pipeline/constants.ts';
import { randomWeights } from '../pipeline/weights/random.ts';
import { table } from '../report/view/table.ts';
import { tryDevice } from '../runtime/device.ts';
import { DEVICES, type Device } from '../runtime/devices.ts';
import { loadCompiled } from '../runtime/load.ts';
import { softwareAdapter } from '../runtime/machine.ts';
import { ortVersion } from '../runtime/ort_package.ts';
import type { TensorData } from '../runtime/tensor.ts';
import type { Call } from './command.ts';
import { EXIT, UsageFault } from './faults.ts';
import { installCuda } from './install_cuda.ts';
import { bytes, seconds } from './spelling.ts';

/** A small model with every kind of part that large models have. It reads the eleven tokens of `IDS`. */
const SOURCE = {
  path: 'doctor.ben',
  text: `model Doctor {
  vocabulary 300
  width 16
  heads 2
  encoder { attention block(4); schedule 16, 8 -> 4; pool soft_topk by linear }
  decoder { layers 1; target 8 }
}`,
};
const IDS = [72, 9, 101, 44, 260, 5, 33, 8, 150, 77, 2];

/** GPUs get a larger tolerance, because ONNX Runtime's default on CUDA is TF32, which has ten bits of mantissa. */
const toleranceOn = (device: string): number => (device === 'cpu' ? 1e-4 : 1e-2);

interface Finding {
  readonly name: string;
  /** A `missing` device is not a fault, because few machines have all devices. */
  readonly state: 'fine' | 'missing' | 'broken';
  readonly detail: string;
}

export async function run({ flags, output }: Call): Promise<number> {
  const from = flags.text('from');
  if (from !== undefined && !flags.on('installCuda'))
    throw new UsageFault(
      '--from names the folder of the CUDA libraries to install, so it needs --install-cuda',
    );
  if (flags.on('installCuda')) await installCuda(output, from);
  const findings = [...system(), ...(await devices())];
  const broken = findings.some(({ state }) => state === 'broken');
  if (output.json) await output.printJson({ version: VERSION, healthy: !broken, findings });
  else {
    const { green, dim, red } = output.out;
    const paint = { fine: green('fine'), missing: dim('missing'), broken: red('BROKEN') };
    await output.print(`${table(findings.map((f) => [paint[f.state], f.name, f.detail]))}\n`);
    output.note(
      broken
        ? 'something is broken: the lines above give the reason'
        : 'this machine can compile and run models',
    );
  }
  return broken ? EXIT.input : EXIT.done;
}

/** The oldest Node that package.json's `engines` allows. */
const OLDEST_NODE = [20, 19] as const;

function system(): readonly Finding[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = OLDEST_NODE;
  const recent = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  const node = `${process.version}, ${process.platform}/${process.arch}, ${availableParallelism()} processors, ${bytes(totalmem())} memory`;
  return [
    { name: 'benben', state: 'fine', detail: VERSION },
    {
      name: 'node',
      state: recent ? 'fine' : 'broken',
      detail: recent ? node : `${node}: ${OLDEST_NODE.join('.')} or newer is needed`,
    },
    runtimeFound(),
  ];
}

function runtimeFound(): Finding {
  try {
    return { name: 'onnxruntime', state: 'fine', detail: ortVersion() };
  } catch {
    return { name: 'onnxruntime', state: 'broken', detail: 'onnxruntime-node is not installed: run npm ci' };
  }
}

async function devices(): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const device of DEVICES) findings.push(await lookAt(device));
  return findings;
}

/** Tests a device. A device that cannot be used here is `missing`; a device that computes wrong numbers is `broken`. */
async function lookAt(device: Device): Promise<Finding> {
  const { name, about } = device;
  const found = await tryDevice(device);
  if (!found.value) {
    const detail = found.diagnostics.map(({ message, help }) => `${message}: ${help}`).join('; ');
    return { name, state: 'missing', detail };
  }
  const began = performance.now();
  const wrong = (await attempt(device, 'encode')) ?? (await attempt(device, 'generate'));
  if (wrong !== undefined) return { name, state: 'broken', detail: `${about}: ${wrong}` };
  const time = seconds(performance.now() - began);
  const detail = `${about}: a tiny model ran in ${time} with the right results`;
  const slow = name === 'webgpu' && softwareAdapter();
  return {
    name,
    state: 'fine',
    detail: slow ? `${detail} (the GPU is emulated by software, so \`auto\` chooses the CPU)` : detail,
  };
}

/** Runs the tiny model on the device and returns a description of what went wrong, if anything did. */
async function attempt({ name, target }: Device, entry: 'encode' | 'generate'): Promise<string | undefined> {
  const compiled = compile(SOURCE, { entry, target });
  const loaded = compiled.value && (await loadCompiled(compiled.value, { device: name }));
  const model = loaded?.value;
  if (!compiled.value || !model)
    return [...compiled.diagnostics, ...(loaded?.diagnostics ?? [])].map(({ message }) => message).join('; ');
  try {
    const inputs = entry === 'encode' ? DOCUMENT : { ...DOCUMENT, ...LIMITS };
    const feeds = Object.entries(inputs).map(([key, t]) => [key, dataOf(t)] as const);
    const out = await model.run(Object.fromEntries(feeds));
    const wanted = await reference(compiled.value, inputs);
    for (const [output, tensor] of Object.entries(wanted)) {
      const off = distance(out[output]!, tensor);
      if (off > toleranceOn(name))
        return `${output} of a tiny model (entry ${entry}) differs from the reference by ${off}`;
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await model.close();
  }
}

const tensorOf = (dtype: 'i64' | 'f32', shape: readonly number[], values: readonly number[]): Tensor => ({
  dtype,
  shape,
  data: Float64Array.from(values),
});

const DOCUMENT: Readonly<Record<string, Tensor>> = {
  input_ids: tensorOf('i64', [1, IDS.length], IDS),
  attention_mask: tensorOf('i64', [1, IDS.length], Array(IDS.length).fill(1)),
};
const LIMITS: Readonly<Record<string, Tensor>> = {
  max_length: tensorOf('i64', [], [6]),
  min_length: tensorOf('i64', [], [2]),
  length_penalty: tensorOf('f32', [], [1]),
};

const dataOf = ({ dtype, shape, data }: Tensor): TensorData =>
  dtype === 'i64'
    ? { dtype: 'int64', shape, data: BigInt64Array.from(data, BigInt) }
    : { dtype: 'float32', shape, data: Float32Array.from(data) };

async function reference(
  { graph, weights }: Compiled,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  const source = randomWeights(0);
  const drawn = new Map<string, Tensor>();
  for (const spec of weights) {
    const data: number[] = [];
    for await (const piece of source.read(spec)) data.push(...piece);
    drawn.set(spec.name, { dtype: 'f32', shape: spec.shape, data: Float64Array.from(data) });
  }
  return interpret(graph, inputs, ({ name }) => drawn.get(name)!, OPS);
}

/** The largest difference between two tensors; infinite if their sizes differ. */
function distance(found: TensorData, wanted: Tensor): number {
  if (found.data.length !== wanted.data.length) return Number.POSITIVE_INFINITY;
  let off = 0;
  for (const [i, value] of wanted.data.entries()) {
    const difference = Math.abs(Number(found.data[i]) - value);
    // The negated comparison is also true for NaN.
    if (!(difference <= off)) off = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return off;
}
