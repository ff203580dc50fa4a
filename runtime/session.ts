/**
 * A session is a loaded model, ready to run in its own thread. ONNX Runtime's `run` blocks the thread that calls it,
 * and the main thread is needed for progress bars, servers and Ctrl-C.
 *
 * ONNX Runtime cannot be interrupted. An aborted run rejects at once but continues in its thread. The session stays
 * usable, and its next run begins when the aborted run is over. A process that exits meanwhile waits for the run,
 * because ending the thread would crash the process. A process that is ended by a signal does not wait (`endBySignal`
 * in temporary.ts).
 */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { type Diagnostic, DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { COUNT, type OptionRules, SIGNAL, SWITCH, TEXT, TEXTS } from '../pipeline/options.ts';
import { findDevice } from './device.ts';
import { fileDiagnostic, isSystemError, openRegular } from './files.ts';
import { openingFailure } from './session_errors.ts';
import { type RunQueue, runQueue } from './session_queue.ts';
import { takeThread } from './session_thread.ts';
import type { Reply } from './session_worker.ts';
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
}

export const SESSION_OPTIONS: OptionRules<SessionOptions> = {
  device: TEXT,
  threads: COUNT,
  lowMemory: SWITCH,
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
   * Runs the model, after all runs that were started earlier. Rejects with DiagnosticError (D542 to D545) or with the
   * signal's reason.
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
    const session = await quietly(provider, () =>
      start(resolve(modelPath), name, ortOptions(provider, options), signal),
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

/** Starts a session in a thread. Resolves when the model is loaded. */
function start(
  model: string,
  device: string,
  options: InferenceSession.SessionOptions,
  signal: AbortSignal | undefined,
): Promise<Session> {
  const thread = takeThread();
  const { worker, counter, untrack } = thread;
  const runs = runQueue(thread);
  const exited = new Promise<void>((done) => worker.once('exit', () => done()));

  const close = async (): Promise<void> => {
    if (!runs.ended()) {
      runs.end(runtimeDiagnostic('D545', 'the session was closed'));
      runs.send({ type: 'close' });
    }
    await exited;
  };

  return new Promise<Session>((resolveSession, rejectSession) => {
    const onAbort = (): void => {
      rejectSession(signal?.reason);
      void close();
      worker.unref();
    };
    signal?.addEventListener('abort', onAbort, { once: true });

    const abandon = (diagnostic: Diagnostic): void => {
      signal?.removeEventListener('abort', onAbort);
      rejectSession(new DiagnosticError(runs.abandon(diagnostic)));
    };
    worker.on('error', (error) => abandon(openingFailure(model, device, error.message)));
    worker.on('exit', (code) => {
      Atomics.store(counter, 0, 0);
      untrack();
      abandon(runtimeDiagnostic('D545', `the session’s thread ended with code ${code}`));
    });
    worker.on('message', (reply: Reply) => {
      if (reply.type === 'opened') {
        signal?.removeEventListener('abort', onAbort);
        worker.unref();
        const { inputs, outputs } = reply;
        resolveSession({ inputs, outputs, device, run: runOf(runs, inputs, outputs), close });
      } else if (!runs.answer(reply) && reply.type === 'failed') {
        rejectSession(new DiagnosticError(openingFailure(model, device, reply.message)));
        void close();
      }
    });
    runs.send({ type: 'open', model, options });
  });
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
