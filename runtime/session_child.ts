/**
 * The program of the process that a session runs in. Like the program of a thread (session_worker.ts), it is the text of
 * a function, which may use only its parameters, globals and imported types.
 *
 * Requests and replies are frames on file descriptor 3. A frame is the length of a JSON text (4 bytes, little-endian),
 * the JSON text, and the bytes of the tensors that the text lists. Reads and writes block, because the process has
 * nothing else to do, and this is the fastest way. Nothing is ever written to file descriptor 4. It reaches its end when the
 * program that started this process is gone, however it ended. A thread waits for that and ends this process, even
 * during a run.
 */
import { type onnxRuntime, programOf, type Reply, type Request } from './session_worker.ts';
import type { TensorData } from './tensor.ts';

/** What a frame says about a tensor. Its bytes follow the JSON text, in the order of the list. */
export interface TensorHead {
  readonly name: string;
  readonly dtype: TensorData['dtype'];
  readonly shape: readonly number[];
  readonly bytes: number;
}

/** The JSON text of a frame. */
export type FrameHead =
  | (Request & { type: 'open' | 'close' })
  | { readonly type: 'run'; readonly outputs: readonly string[]; readonly tensors: readonly TensorHead[] }
  | (Reply & { type: 'opened' | 'failed' })
  | { readonly type: 'done'; readonly tensors: readonly TensorHead[] };

/** The arguments: the path of onnxruntime-node's main module, and a folder to remove at an early end, or ''. */
export const childArguments = (ort: string, folder = ''): string[] => [
  '--input-type=commonjs',
  '-e',
  programOf(serveProcess, framesOf),
  '--',
  ort,
  folder,
];

function serveProcess(load: NodeJS.Require, callsOf: typeof onnxRuntime, channelOf: typeof framesOf): void {
  const { Worker } = load('node:worker_threads') as typeof import('node:worker_threads');
  const [, ort, folder] = process.argv as [string, string, string];
  process.title = 'benben session';
  // Ctrl-C in a terminal reaches all its processes, but the program that started this one decides what it means.
  process.on('SIGINT', () => {});
  const calls = callsOf(load, ort);

  const channel = channelOf(load);

  const main = {
    /** Starts the thread that waits for the end of the program that started this process. */
    watch(): void {
      const program = `const { readSync, rmSync } = require('node:fs');
        const { workerData } = require('node:worker_threads');
        try { readSync(4, new Uint8Array(1)); } catch {}
        try { if (workerData) rmSync(workerData, { recursive: true, force: true }); } catch {}
        process.kill(process.pid, 'SIGKILL');`;
      new Worker(program, { eval: true, execArgv: [], workerData: folder }).on('error', () => {});
    },

    async answer(request: Request & { type: 'open' | 'run' }): Promise<Reply> {
      try {
        return await (request.type === 'open' ? calls.open(request) : calls.run(request));
      } catch (error) {
        return { type: 'failed', message: error instanceof Error ? error.message : String(error) };
      }
    },

    async serve(): Promise<void> {
      for (let request = channel.read(); request?.type !== 'close'; request = channel.read()) {
        // At the end of the requests, the other thread removes the folder and ends the process.
        if (!request) return;
        channel.write(await main.answer(request));
      }
      // An exit would wait for the thread, which waits for the other program.
      process.kill(process.pid, 'SIGKILL');
    },
  };

  try {
    calls.library().env.logLevel = 'fatal';
  } catch {
    // Opening a model will fail in the same way, and will report it.
  }
  main.watch();
  // If the pipe breaks, the other program is gone, and the thread ends this process.
  main.serve().catch(() => {});
}

/** Reads and writes frames on file descriptor 3. */
function framesOf(load: NodeJS.Require) {
  const fs = load('node:fs') as typeof import('node:fs');
  const arrays = { float32: Float32Array, int64: BigInt64Array, bool: Uint8Array };
  const channel = {
    /** Fills an array with the next bytes. Returns false at the end. */
    fill(bytes: Uint8Array): boolean {
      for (let done = 0; done < bytes.length; ) {
        const read = fs.readSync(3, bytes, done, bytes.length - done, null);
        if (read === 0) return false;
        done += read;
      }
      return true;
    },

    drain(bytes: Uint8Array): void {
      for (let done = 0; done < bytes.length; ) done += fs.writeSync(3, bytes, done);
    },

    read(): Request | undefined {
      const prefix = new Uint8Array(4);
      if (!channel.fill(prefix)) return undefined;
      const text = new Uint8Array(new DataView(prefix.buffer).getUint32(0, true));
      if (!channel.fill(text)) return undefined;
      const head = JSON.parse(new TextDecoder().decode(text)) as FrameHead & { type: Request['type'] };
      if (head.type !== 'run') return head;
      const feeds: Record<string, TensorData> = {};
      for (const { name, dtype, shape, bytes } of head.tensors) {
        const memory = new Uint8Array(bytes);
        if (!channel.fill(memory)) return undefined;
        feeds[name] = { dtype, shape, data: new arrays[dtype](memory.buffer) } as TensorData;
      }
      return { type: 'run', feeds, outputs: head.outputs };
    },

    write(reply: Reply): void {
      const results = reply.type === 'done' ? Object.entries(reply.results) : [];
      const tensors = results.map(([name, { dtype, shape, data }]) => ({
        name,
        dtype,
        shape,
        bytes: data.byteLength,
      }));
      const text = Buffer.from(JSON.stringify(reply.type === 'done' ? { type: 'done', tensors } : reply));
      const prefix = new Uint8Array(4);
      new DataView(prefix.buffer).setUint32(0, text.length, true);
      channel.drain(prefix);
      channel.drain(text);
      for (const [, { data }] of results)
        channel.drain(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    },
  };
  return channel;
}
