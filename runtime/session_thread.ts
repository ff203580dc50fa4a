/** Starts the threads of sessions. A thread can be started before it is known which model it will load. */
import { Worker } from 'node:worker_threads';
import { trackBusy } from './busy_threads.ts';
import { ortPath } from './ort_package.ts';
import { type WorkerSetup, workerSource } from './session_worker.ts';

/** A thread for one session, with a counter of its unanswered requests. */
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
  // Without the empty execArgv, a program's `--input-type=module` would also make the worker's text a module.
  const worker = new Worker(workerSource(), { eval: true, execArgv: [], workerData, name: 'benben session' });
  return { worker, counter, untrack: trackBusy(counter) };
}

/** The thread that `prepareSession` started. */
let spare: Thread | undefined;

/**
 * Starts the thread of the next session and loads ONNX Runtime there, while the main thread still reads and checks the
 * model. The thread does not keep a program alive and need not be closed.
 */
export function prepareSession(): void {
  if (spare) return;
  try {
    spare = startThread();
    spare.worker.unref();
  } catch {
    // The package is missing. Opening the session will fail in the same way, and will report it.
  }
}

/** The thread that was prepared, or a new one. */
export function takeThread(): Thread {
  const thread = spare ?? startThread();
  spare = undefined;
  return thread;
}
