/**
 * `benben doctor`: what this machine has, and the proof that it works: a tiny model is compiled, run on
 * every device that is installed, and its numbers held against the reference interpreter's.
 */
import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { interpret } from '../compiler/interpret.ts';
import type { Tensor } from '../compiler/ir/op.ts';
import { OPS } from '../compiler/ops/index.ts';
import { type Compiled, compile, loadCompiled, randomWeights, type TensorData, VERSION } from '../index.ts';
import { installedDevices } from '../runtime/device.ts';
import { DEVICES, type Device } from '../runtime/devices.ts';
import type { Call } from './commands.ts';
import { EXIT } from './faults.ts';
import { installCuda } from './install_cuda.ts';
import { bytes, seconds } from './spelling.ts';
import { table } from './table.ts';

/** Every kind of part that a large model has, on eleven tokens. */
const SOURCE = {
  path: 'doctor.ben',
  text: `model Doctor {
  vocabulary 300
  width 16
  heads 2
  encoder { attention block(4); schedule 16, 8 -> 4; pool soft_topk by linear }
}`,
};
const IDS = [72, 9, 101, 44, 260, 5, 33, 8, 150, 77, 2];
const TOLERANCE = 1e-4;

interface Finding {
  readonly name: string;
  /** `missing` is no fault: few machines have every device. */
  readonly state: 'fine' | 'missing' | 'broken';
  readonly detail: string;
}

export async function run({ flags, output }: Call): Promise<number> {
  if (flags.on('installCuda')) await installCuda(output);
  const findings = [...system(), ...(await devices())];
  const broken = findings.some(({ state }) => state === 'broken');
  if (output.json) await output.printJson({ version: VERSION, healthy: !broken, findings });
  else {
    const { green, dim, red } = output.out;
    const paint = { fine: green('fine'), missing: dim('missing'), broken: red('BROKEN') };
    await output.print(`${table(findings.map((f) => [paint[f.state], f.name, f.detail]))}\n`);
    output.note(broken ? 'something is broken: see above' : 'this machine can compile and run models');
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
    ortVersion(),
  ];
}

function ortVersion(): Finding {
  const require = createRequire(import.meta.url);
  try {
    const { version } = require('onnxruntime-node/package.json') as { version: string };
    return { name: 'onnxruntime', state: 'fine', detail: version };
  } catch {
    return { name: 'onnxruntime', state: 'broken', detail: 'onnxruntime-node is not installed: run npm ci' };
  }
}

async function devices(): Promise<readonly Finding[]> {
  const installed = await installedDevices();
  const findings: Finding[] = [];
  for (const device of DEVICES) {
    if (installed.includes(device.name)) findings.push(await attempt(device));
    else findings.push({ name: device.name, state: 'missing', detail: `${device.about}: ${device.get}` });
  }
  return findings;
}

async function attempt({ name, about, target }: Device): Promise<Finding> {
  const began = performance.now();
  const compiled = compile(SOURCE, { entry: 'encode', target });
  const loaded = compiled.value && (await loadCompiled(compiled.value, { device: name }));
  const model = loaded?.value;
  if (!compiled.value || !model) {
    const why = [...compiled.diagnostics, ...(loaded?.diagnostics ?? [])].map(({ message }) => message);
    // A GPU's software may be installed where no GPU is; only the CPU must work everywhere.
    return { name, state: name === 'cpu' ? 'broken' : 'missing', detail: why.join('; ') };
  }
  try {
    const row = (values: readonly number[]): TensorData => ({
      dtype: 'int64',
      shape: [1, values.length],
      data: BigInt64Array.from(values, BigInt),
    });
    const out = await model.run({ input_ids: row(IDS), attention_mask: row(IDS.map(() => 1)) });
    const off = distance(out.memory!, (await reference(compiled.value)).memory!);
    const fine = off <= TOLERANCE;
    const time = seconds(performance.now() - began);
    const detail = fine
      ? `${about}: a tiny model was compiled and run in ${time}, its numbers are right`
      : `${about}: the numbers of a tiny model are off by ${off}`;
    return { name, state: fine ? 'fine' : 'broken', detail };
  } catch (error) {
    return { name, state: 'broken', detail: error instanceof Error ? error.message : String(error) };
  } finally {
    await model.close();
  }
}

async function reference({ graph, weights }: Compiled): Promise<Record<string, Tensor>> {
  const source = randomWeights(0);
  const drawn = new Map<string, Tensor>();
  for (const spec of weights) {
    const data: number[] = [];
    for await (const piece of source.read(spec)) data.push(...piece);
    drawn.set(spec.name, { dtype: 'f32', shape: spec.shape, data: Float64Array.from(data) });
  }
  const row = (values: readonly number[]): Tensor => ({
    dtype: 'i64',
    shape: [1, values.length],
    data: Float64Array.from(values),
  });
  const inputs = { input_ids: row(IDS), attention_mask: row(IDS.map(() => 1)) };
  return interpret(graph, inputs, ({ name }) => drawn.get(name)!, OPS);
}

/** The largest difference; infinite when the two are not of one size. */
function distance(found: TensorData, wanted: Tensor): number {
  if (found.data.length !== wanted.data.length) return Number.POSITIVE_INFINITY;
  let off = 0;
  for (const [i, value] of wanted.data.entries()) {
    const difference = Math.abs(Number(found.data[i]) - value);
    // NaN is no small difference.
    if (!(difference <= off)) off = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return off;
}
