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

export const isTemporary = (path: string): boolean => paths.has(path);

/** Removes a path from the register, because the file or folder was removed or renamed. */
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
 * Removes a path. It is renamed first, because a thread could otherwise create a file in the folder during the removal.
 * The folder would then not be empty, and would remain.
 */
function remove(path: string): void {
  const gone = `${path}.gone`;
  quietly(() => renameSync(path, gone));
  // The second removal deletes a file that was created during the rename. The third removal is for a failed rename.
  for (const one of [gone, gone, path]) quietly(() => rmSync(one, { recursive: true, force: true }));
}

function quietly(step: () => void): void {
  try {
    step();
  } catch {
    // The path was never created or cannot be removed. The process is ending, so this cannot be reported.
  }
}

/**
 * Ends the process as if the signal had no listeners: at once, and with the exit status that shells expect. It does not
 * wait for a run of a session, as `process.exit` would.
 */
export function endBySignal(signal: NodeJS.Signals): void {
  removeTemporaries();
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/**
 * A signal with a listener does not end the process, so this listener must end it. If the program has its own
 * listener, the program decides whether to end, and the files are removed when it aborts its work or exits.
 */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) === 1) endBySignal(signal);
}

function uninstall(): void {
  process.removeListener('exit', removeTemporaries);
  for (const signal of SIGNALS satisfies readonly EndingSignal[]) process.removeListener(signal, onSignal);
}
