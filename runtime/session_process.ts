/**
 * Starts the processes of sessions. A process can be ended at any time, even inside the native code of ONNX Runtime,
 * which nothing else can interrupt (docs/decisions/0025-aborts-end-a-process.md). It ends by itself when this program
 * ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { ortPath } from './ort_package.ts';
import { childArguments, type FrameHead, type TensorHead } from './session_child.ts';
import type { Host, HostEvents } from './session_host.ts';
import type { Reply, Request } from './session_worker.ts';
import type { TensorData, Tensors } from './tensor.ts';

/** Whether `process.execPath` is a Node that can run a program. It is the program itself if it was bundled with Node. */
function hasNode(): boolean {
  const { bun, deno } = process.versions;
  if (bun !== undefined || deno !== undefined || 'pkg' in process) return false;
  const sea = process.getBuiltinModule?.('node:sea' as 'node:fs') as unknown as
    | { isSea(): boolean }
    | undefined;
  return !sea?.isSea();
}

function environment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // Electron's executable is a Node if this variable is set.
    ELECTRON_RUN_AS_NODE: '1',
    // Vulkan's loader prints a warning without this variable.
    ...(process.platform === 'linux' && { XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir() }),
  };
}

const running = new Set<ChildProcess>();
const endAll = (): void => {
  for (const child of running) child.kill('SIGKILL');
};

/** Ends the processes when this one exits. They would also notice it themselves, a moment later. */
function track(child: ChildProcess): void {
  if (running.size === 0) process.on('exit', endAll);
  running.add(child);
  child.once('close', () => {
    running.delete(child);
    if (running.size === 0) process.removeListener('exit', endAll);
  });
}

/**
 * Starts a process. It removes `folder` if this program ends without removing it. Throws if the system does not allow a
 * process.
 */
function startProcess(folder?: string): Host {
  const child = spawn(process.execPath, childArguments(ortPath(), folder), {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'],
    env: environment(),
    windowsHide: true,
  });
  track(child);
  const [, , , channel, lifeline] = child.stdio as unknown as Socket[];
  let events: HostEvents | undefined;
  const early: ((events: HostEvents) => void)[] = [];
  const report = (event: (events: HostEvents) => void): void => {
    if (events) event(events);
    else early.push(event);
  };
  child.on('error', (error) => report(({ fault }) => fault(error.message)));
  child.on('close', (code, signal) => report(({ exit }) => exit(howEnded(code, signal))));
  // A broken pipe means that the process ended, which is reported when it is closed.
  for (const socket of [channel, lifeline]) socket?.on('error', () => {});
  channel?.on(
    'data',
    frames((reply) => report((to) => to.reply(reply))),
  );
  const holders = [child, channel].filter((one) => one !== undefined);
  lifeline?.unref();
  return {
    listen(to) {
      events = to;
      for (const event of early.splice(0)) event(to);
    },
    send(request, transfer = []) {
      for (const piece of frameOf(request, transfer)) channel?.write(piece);
      for (const holder of holders) holder.ref();
    },
    ref: () => holders.forEach((holder) => void holder.ref()),
    unref: () => holders.forEach((holder) => void holder.unref()),
    kill: () => void child.kill('SIGKILL'),
  };
}

const howEnded = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal === 'SIGKILL'
    ? 'process was ended from outside, perhaps because the memory of the machine was used up'
    : `process ended with ${signal === null ? `code ${code}` : `signal ${signal}`}`;

/** The pieces of a frame. The memory of the feeds is moved to them, so that the caller cannot change it any more. */
function frameOf(request: Request, transfer: ArrayBuffer[]): readonly Uint8Array[] {
  const owned = request.type === 'run' ? structuredClone(request.feeds, { transfer }) : {};
  const feeds = Object.entries(owned as Tensors);
  const tensors = feeds.map(
    ([name, { dtype, shape, data }]): TensorHead => ({ name, dtype, shape, bytes: data.byteLength }),
  );
  const head: FrameHead =
    request.type === 'run' ? { type: 'run', outputs: request.outputs, tensors } : request;
  const text = Buffer.from(JSON.stringify(head));
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32LE(text.length);
  const memory = feeds.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return [prefix, text, ...memory.filter((bytes) => bytes.length > 0)];
}

const ARRAYS = { float32: Float32Array, int64: BigInt64Array, bool: Uint8Array } as const;

/** A function that takes the bytes of frames in any pieces, and calls `complete` for each whole frame. */
function frames(complete: (reply: Reply) => void): (piece: Uint8Array) => void {
  /** The bytes that come next, and what to do when they are all there. */
  let part: { into: Uint8Array; done: () => void };
  let filled = 0;
  const expect = (length: number, then: (bytes: Uint8Array<ArrayBuffer>) => void): void => {
    const into = new Uint8Array(length);
    part = { into, done: () => then(into) };
    filled = 0;
    if (length === 0) part.done();
  };
  const begin = (): void =>
    expect(4, (prefix) =>
      expect(new DataView(prefix.buffer).getUint32(0, true), (text) =>
        after(JSON.parse(new TextDecoder().decode(text)) as FrameHead & { type: Reply['type'] }),
      ),
    );
  const after = (head: FrameHead & { type: Reply['type'] }): void => {
    if (head.type === 'done') return tensors(head.tensors, {});
    begin();
    complete(head);
  };
  const tensors = ([next, ...left]: readonly TensorHead[], results: Record<string, TensorData>): void => {
    if (!next) {
      begin();
      return complete({ type: 'done', results });
    }
    const { name, dtype, shape, bytes } = next;
    expect(bytes, ({ buffer }) =>
      tensors(left, { ...results, [name]: { dtype, shape, data: new ARRAYS[dtype](buffer) } as TensorData }),
    );
  };
  begin();
  return (piece) => {
    for (let at = 0; at < piece.length; ) {
      const { into, done } = part;
      const count = Math.min(into.length - filled, piece.length - at);
      into.set(piece.subarray(at, at + count), filled);
      filled += count;
      at += count;
      if (filled === into.length) done();
    }
  };
}

/** The processes that were prepared, by the folders that they remove. */
const spares = new Map<string, Host>();

/**
 * Starts the process of a session whose model will be written into `folder`. From now on the folder is removed even if
 * this program is killed. Without a Node, nothing happens.
 */
export function prepareProcess(folder: string): void {
  try {
    if (!hasNode()) return;
    const host = startProcess(folder);
    host.unref();
    spares.set(folder, host);
  } catch {
    // Opening the session will fail in the same way, or will use a thread.
  }
}

/** Ends the prepared process of a folder that no session has used. */
export function dropProcess(folder: string): void {
  spares.get(folder)?.kill?.();
  spares.delete(folder);
}

/** The process that was prepared for the folder, or a new one. Undefined if the system does not allow a process. */
export function takeProcess(folder?: string): Host | undefined {
  const spare = spares.get(folder ?? '');
  spares.delete(folder ?? '');
  if (spare) return spare;
  try {
    return hasNode() ? startProcess(folder) : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ACCESS_DENIED') return undefined;
    throw error;
  }
}
