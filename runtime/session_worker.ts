/**
 * The program of the thread that a session runs in. It is the text of the function `serve`, which the worker gets as a
 * string: Node 20 cannot start a worker from a .ts file, and a separate .mjs file would not be type-checked and would
 * need a build step to reach dist. Therefore `serve` may use only its parameter and globals, and no imports except
 * types.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { TensorData, TensorInfo, Tensors } from './tensor.ts';

export interface WorkerSetup {
  /** Absolute path of onnxruntime-node's main module. */
  readonly ort: string;
  /**
   * A counter of unanswered requests. Ending a thread while it runs native code would abort the process, so the thread
   * is ended only when the counter is zero.
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

/** The worker's program. Some bundlers wrap functions in a call of `__name`, which does nothing here. */
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
    /** Counts one request as answered. */
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
        // Opening a model will fail in the same way, and will report it.
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

  // However the thread ends, nobody may wait for it any longer.
  process.on('exit', () => {
    Atomics.store(busy, 0, 0);
    Atomics.notify(busy, 0);
  });

  // Requests run one after the other, because a session must not be released during a run.
  let last = Promise.resolve();
  port.on('message', (request: Request) => {
    last = last.then(() => worker.handle(request)).catch(worker.failed);
  });
  worker.prepare();
}
