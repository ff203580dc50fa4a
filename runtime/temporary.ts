/**
 * Registers temporary files and folders and removes them when the process ends, whether by exit or by a signal.
 * Removal is synchronous, because an exit handler runs nothing asynchronous. Handlers are installed only while there is
 * something to remove, so that importing Benben does not change how a program handles signals.
 */
import { renameSync, rmSync } from 'node:fs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type EndingSignal = (typeof SIGNALS)[number];

const paths = new Set<string>();

/** Registers a file, or a folder with everything in it, for removal. */
export function addTemporary(path: string): void {
  if (paths.size === 0) {
    process.on('exit', removeTemporaries);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  paths.add(path);
}

/** Takes a path from the register, because it was removed or renamed. */
export function dropTemporary(path: string): void {
  paths.delete(path);
  if (paths.size === 0) uninstall();
}

export function removeTemporaries(): void {
  for (const path of paths) remove(path);
  paths.clear();
  uninstall();
}

/**
 * Removes a path. It is renamed first, so that a thread cannot create a file in a folder that is being removed, which
 * would then not be empty and stay.
 */
function remove(path: string): void {
  const gone = `${path}.gone`;
  quietly(() => renameSync(path, gone));
  // The second removal takes a file that was being created during the rename. The last is for a failed rename.
  for (const one of [gone, gone, path]) quietly(() => rmSync(one, { recursive: true, force: true }));
}

function quietly(step: () => void): void {
  try {
    step();
  } catch {
    // The path was never created, or cannot be removed any more. At this point nobody can be told.
  }
}

/**
 * Ends the process as the signal would have: at once, even during a run of a session (`process.exit` waits for it), and
 * with the exit status that shells expect.
 */
export function endBySignal(signal: NodeJS.Signals): void {
  removeTemporaries();
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/**
 * A listener keeps a signal from ending the process, so this one must end it. If the program has a listener of its own,
 * that one decides, and the files are removed when it aborts or exits.
 */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) === 1) endBySignal(signal);
}

function uninstall(): void {
  process.removeListener('exit', removeTemporaries);
  for (const signal of SIGNALS satisfies readonly EndingSignal[]) process.removeListener(signal, onSignal);
}
