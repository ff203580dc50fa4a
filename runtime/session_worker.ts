/**
 * The program of the thread that a session runs in. The worker gets the text of the functions `serve` and `onnxRuntime`
 * as a string, because Node 20 cannot start a worker from a .ts file. A separate .mjs file would not be type-checked,
 * and would need a build step to reach dist. Therefore these functions may use only their parameters, globals and
 * imported types. The program of a process (session_child.ts) is made in the same way.
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

/** A program that calls `serving` with `onnxRuntime`. Some bundlers wrap functions in a call of `__name`, which does nothing. */
export const programOf = <More extends unknown[]>(
  serving: (load: NodeJS.Require, callsOf: typeof onnxRuntime, ...more: More) => void,
  ...more: More
): string =>
  `const __name = (f) => f; (${serving})(require, ${[onnxRuntime, ...more].map(String).join(', ')});`;

/** The worker's program. */
export const workerSource = (): string => programOf(serve);

/**
 * Calls ONNX Runtime for one model. The functions are methods, because bundlers wrap other functions with a helper
 * (`__name`) to keep their names, and a minifier gives that helper a name that is not defined here.
 */
export function onnxRuntime(load: NodeJS.Require, path: string) {
  let session: InferenceSession | undefined;

  const calls = {
    /** Loads the library from its own folder. `load` would read the package.json of the current folder, which may be damaged. */
    library(): typeof import('onnxruntime-node') {
      const { createRequire } = load('node:module') as typeof import('node:module');
      return createRequire(path)(path);
    },

    info(values: readonly InferenceSession.ValueMetadata[]): TensorInfo[] {
      return values.map((value) =>
        value.isTensor
          ? { name: value.name, dtype: value.type, shape: value.shape.map((dim) => dim ?? '') }
          : { name: value.name, dtype: 'no tensor', shape: [] },
      );
    },

    async open({ model, options }: Request & { type: 'open' }): Promise<Reply> {
      session = await calls.library().InferenceSession.create(model, options);
      const { inputMetadata, outputMetadata } = session;
      return { type: 'opened', inputs: calls.info(inputMetadata), outputs: calls.info(outputMetadata) };
    },

    async run({ feeds, outputs }: Request & { type: 'run' }): Promise<Reply> {
      const ort = calls.library();
      const tensors: Record<string, Tensor> = {};
      for (const [name, { dtype, data, shape }] of Object.entries(feeds)) {
        tensors[name] = new ort.Tensor(dtype, data, shape);
      }
      const values = await session!.run(tensors, outputs, { logSeverityLevel: 4 });
      const results: Record<string, TensorData> = {};
      for (const name of outputs) {
        const { type, dims, data } = values[name] as Tensor;
        if (type !== 'float32' && type !== 'int64' && type !== 'bool') {
          throw new Error(`output '${name}' is of type ${type}, which is not supported yet`);
        }
        const bytes = data as Float32Array<ArrayBuffer>;
        const whole = bytes.byteLength === bytes.buffer.byteLength;
        results[name] = { dtype: type, shape: dims, data: whole ? bytes : bytes.slice() } as TensorData;
      }
      return { type: 'done', results };
    },

    async close(): Promise<void> {
      await session?.release();
    },
  };
  return calls;
}

/** Answers the requests of the main thread with `onnxRuntime`. The functions here are methods for the same reason. */
function serve(load: NodeJS.Require, callsOf: typeof onnxRuntime): void {
  const threads = load('node:worker_threads') as typeof import('node:worker_threads');
  const port = threads.parentPort!;
  const setup = threads.workerData as WorkerSetup;
  const busy = new Int32Array(setup.busy);
  const calls = callsOf(load, setup.ort);

  const worker = {
    /** Counts one request as answered. */
    answered(): void {
      Atomics.sub(busy, 0, 1);
      Atomics.notify(busy, 0);
    },

    /** Transfers the memory of results to the main thread instead of copying it. */
    reply(answer: Reply): void {
      const results = answer.type === 'done' ? Object.values(answer.results) : [];
      port.postMessage(
        answer,
        results.map(({ data }) => data.buffer as ArrayBuffer),
      );
      worker.answered();
    },

    /** Loads the library, while the main thread still reads and checks the model. */
    prepare(): void {
      try {
        calls.library().env.logLevel = 'fatal';
      } catch {
        // Opening a model will fail in the same way, and will report it.
      }
      worker.answered();
    },

    async handle(request: Request): Promise<void> {
      if (request.type === 'open') return worker.reply(await calls.open(request));
      if (request.type === 'run') return worker.reply(await calls.run(request));
      await calls.close();
      port.close();
      worker.answered();
    },

    failed(error: unknown): void {
      worker.reply({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    },
  };

  // When the thread ends for any reason, the main thread must not wait for it any longer.
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
