/**
 * Waits for busy threads before the process exits. Node ends all threads at exit, and a thread that ends inside ONNX
 * Runtime's native code makes the binding throw an exception that nobody can catch, which aborts the process.
 */

/** The maximum time to wait for a run. No normal run takes as long. */
const LONGEST_MS = 600_000;

const counters = new Set<Int32Array>();

/** Tracks a thread whose number of unfinished requests is `counter[0]`, in shared memory. The result ends the tracking. */
export function trackBusy(counter: Int32Array): () => void {
  if (counters.size === 0) process.on('exit', waitForThreads);
  counters.add(counter);
  return () => {
    counters.delete(counter);
    if (counters.size === 0) process.removeListener('exit', waitForThreads);
  };
}

function waitForThreads(): void {
  // Listeners no longer run during exit. Without them, a further Ctrl-C ends the wait.
  for (const signal of ['SIGINT', 'SIGTERM']) process.removeAllListeners(signal);
  for (const counter of counters) {
    for (let left = Atomics.load(counter, 0); left > 0; left = Atomics.load(counter, 0)) {
      if (Atomics.wait(counter, 0, left, LONGEST_MS) === 'timed-out') return;
    }
  }
}
