/**
 * The thread that a session runs in. Its code is this one function's own text, given to the worker as
 * a string: Node 20 cannot start a worker from a .ts file, and a separate .mjs would escape the type
 * checker and need a build step to reach dist. The price: `serve` may use nothing but its parameter
 * and globals, not even an import; types are fine, they vanish.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { TensorData, TensorInfo, Tensors } from './tensor.ts';

export interface WorkerSetup {
  /** Absolute path of onnxruntime-node's main module. */
  readonly ort: string;
  /**
   * One counter: requests sent and not yet answered. A thread must not be ended while it is in
   * native code (the binding aborts the whole process), so whoever ends it waits for zero.
   */
  readonly busy: SharedArrayBuffer;
}

export type Request =
  | {
      readonly type: 'open';
      readonly model: string;
      readonly options: InferenceSession.SessionOptions;
    }
  | { readonly type: 'run'; readonly feeds: Tensors; readonly outputs: readonly string[] }
  | { readonly type: 'close' };

export type Reply =
  | {
      readonly type: 'opened';
      readonly inputs: readonly TensorInfo[];
      readonly outputs: readonly TensorInfo[];
    }
  | { readonly type: 'done'; readonly results: Tensors }
  | { readonly type: 'failed'; readonly message: string };

/** The worker's program. `__name` is what some bundlers wrap functions with; here it does nothing. */
export function workerSource(): string {
  return `const __name = (f) => f; (${serve.toString()})(require);`;
}

function serve(load: NodeJS.Require): void {
  const threads = load('node:worker_threads') as typeof import('node:worker_threads');
  const port = threads.parentPort!;
  const setup = threads.workerData as WorkerSetup;
  const busy = new Int32Array(setup.busy);
  let session: InferenceSession | undefined;

  /** Answers, then says that no native code is running. */
  const reply = (answer: Reply, transfer: ArrayBuffer[] = []): void => {
    port.postMessage(answer, transfer);
    Atomics.sub(busy, 0, 1);
    Atomics.notify(busy, 0);
  };
  const failed = (error: unknown): void => {
    reply({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  };
  const info = (values: readonly InferenceSession.ValueMetadata[]): TensorInfo[] =>
    values.map((value) =>
      value.isTensor
        ? { name: value.name, dtype: value.type, shape: value.shape.map((dim) => dim ?? '') }
        : { name: value.name, dtype: 'no tensor', shape: [] },
    );

  const library = (): typeof import('onnxruntime-node') => load(setup.ort);

  /** While whoever started the thread is still finding out what to open. */
  const prepare = (): void => {
    try {
      library().env.logLevel = 'fatal';
    } catch {
      // Opening will fail in the same way, and somebody will hear it.
    }
    Atomics.sub(busy, 0, 1);
    Atomics.notify(busy, 0);
  };

  const open = async (model: string, options: InferenceSession.SessionOptions): Promise<void> => {
    session = await library().InferenceSession.create(model, options);
    reply({ type: 'opened', inputs: info(session.inputMetadata), outputs: info(session.outputMetadata) });
  };

  const run = async (feeds: Tensors, outputs: readonly string[]): Promise<void> => {
    const ort = library();
    const tensors: Record<string, Tensor> = {};
    for (const [name, { dtype, data, shape }] of Object.entries(feeds)) {
      tensors[name] = new ort.Tensor(dtype, data, shape);
    }
    const values = await session!.run(tensors, outputs, { logSeverityLevel: 4 });
    const results: Record<string, TensorData> = {};
    const transfer: ArrayBuffer[] = [];
    for (const name of outputs) {
      const { type, dims, data } = values[name] as Tensor;
      if (type !== 'float32' && type !== 'int64' && type !== 'bool') {
        throw new Error(`output '${name}' is of type ${type}, which is not supported yet`);
      }
      const bytes = data as Float32Array<ArrayBuffer>;
      const whole = bytes.byteLength === bytes.buffer.byteLength;
      const owned = whole ? bytes : bytes.slice();
      transfer.push(owned.buffer);
      results[name] = { dtype: type, shape: dims, data: owned } as TensorData;
    }
    reply({ type: 'done', results }, transfer);
  };

  const close = async (): Promise<void> => {
    await session?.release();
    port.close();
    Atomics.sub(busy, 0, 1);
    Atomics.notify(busy, 0);
  };

  // However the thread ends, nobody must wait for it.
  process.on('exit', () => {
    Atomics.store(busy, 0, 0);
    Atomics.notify(busy, 0);
  });

  // One after the other: a run must not meet a release.
  let last = Promise.resolve();
  port.on('message', (request: Request) => {
    const handle = (): Promise<void> => {
      if (request.type === 'open') return open(request.model, request.options);
      return request.type === 'close' ? close() : run(request.feeds, request.outputs);
    };
    last = last.then(handle).catch(failed);
  });
  prepare();
}
