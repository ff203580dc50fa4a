/**
 * Waits for busy threads before the process exits. Node ends all threads at exit. If a thread ends inside
 * ONNX Runtime's native code, the binding throws an exception that no code can catch, and the process aborts.
 */

/** The maximum time to wait for a run. Normal runs are shorter. */
const LONGEST_MS = 600_000;

const counters = new Set<Int32Array>();

/**
 * Tracks a thread, whose number of unfinished requests is in `counter[0]`, in shared memory. Returns a function that
 * ends the tracking.
 */
export function trackBusy(counter: Int32Array): () => void {
  if (counters.size === 0) process.on('exit', waitForThreads);
  counters.add(counter);
  return () => {
    counters.delete(counter);
    if (counters.size === 0) process.removeListener('exit', waitForThreads);
  };
}

function waitForThreads(): void {
  // During exit, a signal with a listener would have no effect. Without listeners, another Ctrl-C ends the wait.
  for (const signal of ['SIGINT', 'SIGTERM']) process.removeAllListeners(signal);
  for (const counter of counters) {
    for (let left = Atomics.load(counter, 0); left > 0; left = Atomics.load(counter, 0)) {
      if (Atomics.wait(counter, 0, left, LONGEST_MS) === 'timed-out') return;
    }
  }
}
