/** Measures the rates of this machine for the roofline (`report/time/roofline.ts`), from the times of probes. */
import { cpus } from 'node:os';
import { emit } from '../compiler/emit/index.ts';
import { OPS } from '../compiler/ops/index.ts';
import { DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import { PRECISIONS, type Target } from '../passes/pass.ts';
import { VERSION } from '../pipeline/constants.ts';
import type { Machine, RateName } from '../report/time/machine.ts';
import { RATE_NAMES } from '../report/time/machine.ts';
import { dataFileName, writeArtifact } from './artifact.ts';
import { findDevice } from './device.ts';
import { compiledProbe, type MachineProbe, probesFor, ratesFrom, ratesOf } from './machine_probes.ts';
import { openSession, type Session, type SessionOptions } from './session.ts';
import { medians, type Rounds, type Tasks, timed } from './stopwatch.ts';
import { openTemporary } from './temporary_artifact.ts';
import { noiseWeights } from './weights/noise.ts';

export interface OpenMachineOptions {
  /** The name of a device, or `auto`. Default `cpu`. */
  readonly device?: string;
  /** The number of threads of one operator. Default: ONNX Runtime's. */
  readonly threads?: number;
  /** The rates to measure in addition to fp32 (`ratesOf`). Default: all rates that models for the device use. */
  readonly rates?: readonly RateName[];
  /** The number of 4 MB matrices that measure the bandwidth. Default 64, which together are larger than a cache. */
  readonly weights?: number;
  /** Called with the share of the probes that are prepared, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** A machine whose probes are loaded. They can be timed alone, or in alternation with a model. */
export interface OpenMachine {
  readonly tasks: Tasks;
  /** Computes the rates of the machine from the seconds of each task. */
  readonly machineFrom: (seconds: Readonly<Record<string, number>>) => Machine;
  close(): Promise<void>;
}

async function openProbe(probe: MachineProbe, target: Target, options: SessionOptions): Promise<Session> {
  const graph = compiledProbe(probe, target);
  const emitting = { ops: OPS, metadata: {}, version: VERSION };
  const opened = await openTemporary(
    'probe',
    false,
    (path) => {
      const emitted = emit(graph, { ...emitting, dataFile: dataFileName(path) });
      return writeArtifact(path, emitted, { weights: noiseWeights() });
    },
    (path): Promise<Outcome<Session>> => openSession(path, { ...options, isolate: false }),
  );
  if (!opened.value) throw new DiagnosticError(...opened.diagnostics);
  return opened.value;
}

function taskOf({ width }: MachineProbe, session: Session, signal?: AbortSignal): Tasks[string] {
  const data = Float32Array.from({ length: width }, (_, i) => ((i * 7919) % 1000) / 1000);
  const feeds = { x: { dtype: 'float32', shape: [1, width], data } } as const;
  return () => session.run(feeds, signal ? { signal } : {});
}

/** Loads the probes of a device of this machine. Returns D540 if the device does not work. */
export async function openMachine(options: OpenMachineOptions = {}): Promise<Outcome<OpenMachine>> {
  const { threads, weights, onProgress, signal } = options;
  const found = await findDevice(options.device ?? 'cpu');
  if (!found.value) return { diagnostics: found.diagnostics };
  const { name: device, target } = found.value;
  const asked = new Set(options.rates ?? PRECISIONS.flatMap((precision) => ratesOf(precision, target)));
  const rates = RATE_NAMES.filter((rate) => rate === 'fp32' || asked.has(rate));
  const probes = probesFor(rates, weights);
  const sessions: Session[] = [];
  const close = async (): Promise<void> => {
    for (const session of sessions) await session.close();
  };
  try {
    for (const [i, probe] of probes.entries()) {
      signal?.throwIfAborted();
      onProgress?.(i / probes.length);
      sessions.push(await openProbe(probe, target, { device, ...(threads && { threads }) }));
    }
  } catch (error) {
    await close();
    if (error instanceof DiagnosticError) return { diagnostics: error.diagnostics };
    throw error;
  }
  const machineFrom: OpenMachine['machineFrom'] = (seconds) => ({
    name: nameOf(device, threads),
    source: `measured with Benben ${VERSION}`,
    target: target === 'portable' ? 'cpu' : target,
    ...ratesFrom(seconds, rates),
  });
  const tasks = Object.fromEntries(
    probes.map((probe, i) => [probe.name, taskOf(probe, sessions[i]!, signal)]),
  );
  return { value: { tasks, machineFrom, close }, diagnostics: [] };
}

const ROUNDS = { least: 5, most: 30, seconds: 3 } as const;

/** Measures a device of this machine, which takes some seconds. */
export async function measureMachine(
  options: OpenMachineOptions = {},
  rounds: Rounds = ROUNDS,
): Promise<Outcome<Machine>> {
  const { value: machine, diagnostics } = await openMachine(options);
  if (!machine) return { diagnostics };
  try {
    return { value: machine.machineFrom(medians(await timed(machine.tasks, rounds))), diagnostics: [] };
  } finally {
    await machine.close();
  }
}

/** The name to display: the processor's model, or the device. */
function nameOf(device: string, threads?: number): string {
  const [first] = cpus();
  if (device !== 'cpu' || !first) return device;
  const model = first.model.replace(/\s+/g, ' ').trim().slice(0, 60) || 'cpu';
  return threads ? `${model}, ${threads} of ${cpus().length} cores` : `${model}, ${cpus().length} cores`;
}
