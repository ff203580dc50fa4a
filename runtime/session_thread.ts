/** The threads that sessions run in: one each, which may be started before it is known what to open. */
import { Worker } from 'node:worker_threads';
import { trackBusy } from './busy_threads.ts';
import { ortPath } from './ort_package.ts';
import { type WorkerSetup, workerSource } from './session_worker.ts';

/** A thread for one session, and its count of requests that are not answered yet. */
export interface Thread {
  readonly worker: Worker;
  readonly counter: Int32Array;
  readonly untrack: () => void;
}

function startThread(): Thread {
  const busy = new SharedArrayBuffer(4);
  const counter = new Int32Array(busy);
  // Loading the library counts as the first request.
  counter[0] = 1;
  const workerData: WorkerSetup = { ort: ortPath(), busy };
  // Without execArgv a program's `--input-type=module` would make the worker's text a module too.
  const worker = new Worker(workerSource(), { eval: true, execArgv: [], workerData, name: 'benben session' });
  return { worker, counter, untrack: trackBusy(counter) };
}

/** Started ahead by `prepareSession`. */
let spare: Thread | undefined;

/**
 * Starts the thread of the next session and loads ONNX Runtime there, while this one still reads and checks
 * what to open. Keeps no program alive, and needs no closing.
 */
export function prepareSession(): void {
  if (spare) return;
  try {
    spare = startThread();
    spare.worker.unref();
  } catch {
    // The package is not there. Opening the session fails in the same way and says so.
  }
}

/** The thread that was prepared, or a new one. */
export function takeThread(): Thread {
  const thread = spare ?? startThread();
  spare = undefined;
  return thread;
}
