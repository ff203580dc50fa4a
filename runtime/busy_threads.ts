/**
 * Ending a thread inside ONNX Runtime's native code makes its binding throw where nobody can catch:
 * the process aborts, with a core dump for an exit code. Node ends threads whenever a process exits,
 * so before that this waits for those at work.
 */

/** A run that takes longer than this is not waited for; nothing sound does. */
const LONGEST_MS = 600_000;

const counters = new Set<Int32Array>();

/** `counter[0]`, in shared memory: how much the thread has to do. The result ends the watch. */
export function trackBusy(counter: Int32Array): () => void {
  if (counters.size === 0) process.on('exit', waitForThreads);
  counters.add(counter);
  return () => {
    counters.delete(counter);
    if (counters.size === 0) process.removeListener('exit', waitForThreads);
  };
}

function waitForThreads(): void {
  // Listeners no longer run; without them a further Ctrl-C ends the wait.
  for (const signal of ['SIGINT', 'SIGTERM']) process.removeAllListeners(signal);
  for (const counter of counters) {
    for (let left = Atomics.load(counter, 0); left > 0; left = Atomics.load(counter, 0)) {
      if (Atomics.wait(counter, 0, left, LONGEST_MS) === 'timed-out') return;
    }
  }
}
