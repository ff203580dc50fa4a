/**
 * A session is a loaded model, ready to run in its own process or thread. ONNX Runtime's `run` blocks the thread that
 * calls it, and the main thread is needed for progress bars, servers and Ctrl-C.
 *
 * Native code cannot be interrupted, but a process can be ended. An abort therefore ends the process of the session, and
 * the next run starts another one, which loads the model again (docs/decisions/0025-aborts-end-a-process.md).
 *
 * In a thread, an aborted run rejects at once but continues. The next run begins when it is over. A process that exits
 * meanwhile waits for the run, because ending the thread would crash the process. A process that is ended by a signal
 * does not wait (`endBySignal` in temporary.ts).
 */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { type Diagnostic, DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { type OptionRules, SIGNAL, SWITCH, TEXT, TEXTS, THREADS } from '../pipeline/options.ts';
import { findDevice } from './device.ts';
import { fileDiagnostic, isSystemError, openRegular } from './files.ts';
import type { RunQueue } from './session_queue.ts';
import { startSession } from './session_start.ts';
import { checkFeeds, type TensorData, type TensorInfo, type Tensors } from './tensor.ts';

export interface SessionOptions {
  /** The name of a device, or `auto`. Default `auto`. */
  readonly device?: string;
  /** The number of threads of one operator. Default: ONNX Runtime's, one per physical core. */
  readonly threads?: number;
  /**
   * Frees memory after each operator, instead of keeping it in ONNX Runtime's arena for the next one. A long document
   * then needs a third less memory but can take twice as long, because the system maps each large tensor anew. Default
   * false.
   */
  readonly lowMemory?: boolean;
  /**
   * Runs the model in a process of its own. An abort then stops a run at once and frees its memory, and a crash of
   * native code does not end the program. `false` uses a thread: opening takes some 50 ms and 50 MB less, but a run that
   * has begun continues after an abort until it is finished. Where no process can be started, a thread is used. Default
   * true.
   */
  readonly isolate?: boolean;
}

export const SESSION_OPTIONS: OptionRules<SessionOptions> = {
  device: TEXT,
  threads: THREADS,
  lowMemory: SWITCH,
  isolate: SWITCH,
};

export interface RunOptions {
  /** The names of the outputs to return. ONNX Runtime may skip the computation of other outputs. Default: all. */
  readonly outputs?: readonly string[];
  readonly signal?: AbortSignal;
  /**
   * Transfers the memory of the feeds to the session instead of copying it. The arrays of the feeds are empty
   * afterwards.
   */
  readonly move?: boolean;
}

export const RUN_OPTIONS: OptionRules<RunOptions> = { outputs: TEXTS, signal: SIGNAL, move: SWITCH };

export interface Session {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly device: string;
  /**
   * Runs the model, after all runs that were started earlier. Rejects with DiagnosticError (D541 to D545) or with the
   * signal's reason. An abort stops the run, and the next run loads the model again.
   */
  run(feeds: Tensors, options?: RunOptions): Promise<Record<string, TensorData>>;
  /** Closes the session after the run in progress; queued runs reject. An open session does not keep a program alive. */
  close(): Promise<void>;
}

/**
 * Loads a model on a device. Problems become diagnostics (D510, D540, D541, D543, errors of the file system). The
 * promise rejects only with the signal's reason.
 */
export async function openSession(
  modelPath: string,
  options: SessionOptions = {},
  signal?: AbortSignal,
): Promise<Outcome<Session>> {
  signal?.throwIfAborted();
  const device = await findDevice(options.device ?? 'auto');
  if (!device.value) return { diagnostics: device.diagnostics };
  const unreadable = await checkReadable(modelPath);
  if (unreadable) return { diagnostics: [unreadable] };
  signal?.throwIfAborted();
  try {
    const { name, provider } = device.value;
    const { isolate = true } = options;
    const session = await quietly(provider, () =>
      startSession(
        { model: resolve(modelPath), device: name, options: ortOptions(provider, options), isolate },
        signal,
      ).then(({ runs, inputs, outputs, close }) => ({
        inputs,
        outputs,
        device: name,
        run: runOf(runs, inputs, outputs),
        close,
      })),
    );
    return { value: session, diagnostics: [] };
  } catch (error) {
    if (error instanceof DiagnosticError) return { diagnostics: error.diagnostics };
    throw error;
  }
}

/**
 * Sets XDG_RUNTIME_DIR while `open` runs. Vulkan's loader searches for a display in this folder. Without the variable,
 * it prints a warning to stderr. Any folder prevents the warning.
 */
async function quietly<T>(provider: string, open: () => Promise<T>): Promise<T> {
  const { env } = process;
  if (provider !== 'webgpu' || process.platform !== 'linux' || env.XDG_RUNTIME_DIR !== undefined)
    return open();
  env.XDG_RUNTIME_DIR = tmpdir();
  try {
    return await open();
  } finally {
    delete env.XDG_RUNTIME_DIR;
  }
}

function ortOptions(
  provider: string,
  { threads, lowMemory }: SessionOptions,
): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    // Prints only fatal messages, because errors also arrive as exceptions.
    logSeverityLevel: 4,
    enableCpuMemArena: !lowMemory,
    // Memory patterns are recorded for each input shape, but shapes rarely repeat, because documents differ in length.
    enableMemPattern: false,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  };
}

/** Checks that a model can be read, because the messages of ONNX Runtime would not distinguish these problems. */
async function checkReadable(path: string): Promise<Diagnostic | undefined> {
  try {
    const file = await openRegular(path, 'open');
    const { size } = await file.stat().finally(() => file.close());
    return size === 0 ? runtimeDiagnostic('D510', `${path} is empty`) : undefined;
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics[0];
    if (isSystemError(error)) return fileDiagnostic(error, path, 'open');
    throw error;
  }
}

/** Checks the feeds and the requested outputs of a run, and adds the run to the queue. */
const runOf =
  (runs: RunQueue, inputs: readonly TensorInfo[], outputs: readonly TensorInfo[]): Session['run'] =>
  async (feeds, { outputs: names, signal, move = false } = {}) => {
    signal?.throwIfAborted();
    const ended = runs.ended();
    if (ended) throw new DiagnosticError(ended);
    const wanted = names ?? outputs.map(({ name }) => name);
    const problems = [...checkFeeds(inputs, feeds), ...checkOutputs(outputs, wanted)];
    if (problems.length > 0) throw new DiagnosticError(...problems);
    return runs.add({ type: 'run', feeds: owned(feeds, move), outputs: wanted }, signal);
  };

function checkOutputs(outputs: readonly TensorInfo[], wanted: readonly string[]): Diagnostic[] {
  const names = outputs.map(({ name }) => name);
  const unknown = wanted.filter((name) => !names.includes(name));
  return unknown.map((name) =>
    runtimeDiagnostic('D544', `the model has no output '${name}', only ${names.join(', ')}`),
  );
}

/** Copies each feed, unless its memory may be transferred and its array fills its whole buffer. */
function owned(feeds: Tensors, move: boolean): Tensors {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, feed]) => {
      const movable = move && feed.data.byteLength === feed.data.buffer.byteLength;
      return [name, movable ? feed : ({ ...feed, data: feed.data.slice() } as TensorData)];
    }),
  );
}
