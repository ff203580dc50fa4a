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

/**
 * Its functions are methods, since bundlers wrap functions that stand alone with a helper (`__name`) to keep their names,
 * and a minifier gives that helper a name that nobody knows.
 */
function serve(load: NodeJS.Require): void {
  const threads = load('node:worker_threads') as typeof import('node:worker_threads');
  const port = threads.parentPort!;
  const setup = threads.workerData as WorkerSetup;
  const busy = new Int32Array(setup.busy);
  let session: InferenceSession | undefined;

  const worker = {
    /** Says that one request less keeps native code running. */
    answered(): void {
      Atomics.sub(busy, 0, 1);
      Atomics.notify(busy, 0);
    },

    reply(answer: Reply, transfer: ArrayBuffer[] = []): void {
      port.postMessage(answer, transfer);
      worker.answered();
    },

    library(): typeof import('onnxruntime-node') {
      return load(setup.ort);
    },

    info(values: readonly InferenceSession.ValueMetadata[]): TensorInfo[] {
      return values.map((value) =>
        value.isTensor
          ? { name: value.name, dtype: value.type, shape: value.shape.map((dim) => dim ?? '') }
          : { name: value.name, dtype: 'no tensor', shape: [] },
      );
    },

    /** While whoever started the thread is still finding out what to open. */
    prepare(): void {
      try {
        worker.library().env.logLevel = 'fatal';
      } catch {
        // Opening will fail in the same way, and somebody will hear it.
      }
      worker.answered();
    },

    async open({ model, options }: Request & { type: 'open' }): Promise<void> {
      session = await worker.library().InferenceSession.create(model, options);
      const { inputMetadata, outputMetadata } = session;
      worker.reply({
        type: 'opened',
        inputs: worker.info(inputMetadata),
        outputs: worker.info(outputMetadata),
      });
    },

    async run({ feeds, outputs }: Request & { type: 'run' }): Promise<void> {
      const ort = worker.library();
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
      worker.reply({ type: 'done', results }, transfer);
    },

    async close(): Promise<void> {
      await session?.release();
      port.close();
      worker.answered();
    },

    handle(request: Request): Promise<void> {
      if (request.type === 'open') return worker.open(request);
      return request.type === 'close' ? worker.close() : worker.run(request);
    },

    failed(error: unknown): void {
      worker.reply({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    },
  };

  // However the thread ends, nobody must wait for it.
  process.on('exit', () => {
    Atomics.store(busy, 0, 0);
    Atomics.notify(busy, 0);
  });

  // One after the other: a run must not meet a release.
  let last = Promise.resolve();
  port.on('message', (request: Request) => {
    last = last.then(() => worker.handle(request)).catch(worker.failed);
  });
  worker.prepare();
}
