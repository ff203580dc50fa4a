/** Starts the threads of sessions. A thread can be started before it is known which model it will load. */
import { Worker } from 'node:worker_threads';
import { trackBusy } from './busy_threads.ts';
import { ortPath } from './ort_package.ts';
import type { Host } from './session_host.ts';
import { type Reply, type WorkerSetup, workerSource } from './session_worker.ts';

function startThread(): Host {
  const busy = new SharedArrayBuffer(4);
  // A counter of the requests without an answer. Loading the library counts as the first request.
  const counter = new Int32Array(busy);
  counter[0] = 1;
  const workerData: WorkerSetup = { ort: ortPath(), busy };
  // Without the empty execArgv, a program's `--input-type=module` would also make the worker's text a module.
  const worker = new Worker(workerSource(), { eval: true, execArgv: [], workerData, name: 'benben session' });
  const untrack = trackBusy(counter);
  return {
    listen({ reply, fault, exit }) {
      worker.on('message', (answer: Reply) => reply(answer));
      worker.on('error', (error) => fault(error.message));
      worker.on('exit', (code) => {
        Atomics.store(counter, 0, 0);
        untrack();
        exit(`thread ended with code ${code}`);
      });
    },
    send(request, transfer = []) {
      worker.postMessage(request, transfer);
      Atomics.add(counter, 0, 1);
      worker.ref();
    },
    ref: () => worker.ref(),
    unref: () => worker.unref(),
  };
}

/** The thread that `prepareSession` started. */
let spare: Host | undefined;

/**
 * Starts the thread of the next session and loads ONNX Runtime there, while the main thread still reads and checks the
 * model. The thread does not keep a program alive and need not be closed.
 */
export function prepareSession(): void {
  if (spare) return;
  try {
    spare = startThread();
    spare.unref();
  } catch {
    // The package is missing. Opening the session will fail in the same way, and will report it.
  }
}

/** The thread that was prepared, or a new one. */
export function takeThread(): Host {
  const thread = spare ?? startThread();
  spare = undefined;
  return thread;
}
