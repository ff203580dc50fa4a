/**
 * The temporary files and folders of work in progress. Whatever ends the process first (success, failure,
 * exit, Ctrl-C), none of them stays: a registry that is emptied synchronously, because nothing
 * asynchronous runs in an exit handler. Handlers are installed only while there is something to
 * remove, so that importing Benben changes nothing about a program's signals.
 */
import { renameSync, rmSync } from 'node:fs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type EndingSignal = (typeof SIGNALS)[number];

const paths = new Set<string>();

/** A file, or a folder with all that is in it. */
export function addTemporary(path: string): void {
  if (paths.size === 0) {
    process.on('exit', removeTemporaries);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  paths.add(path);
}

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
 * Under another name first: a thread that is about to make a file in a folder finds none, where otherwise the folder
 * was not empty after all and stayed.
 */
function remove(path: string): void {
  const gone = `${path}.gone`;
  quietly(() => renameSync(path, gone));
  // Twice: what was being made when the name changed is there by now. Where a name cannot change, by the old one.
  for (const one of [gone, gone, path]) quietly(() => rmSync(one, { recursive: true, force: true }));
}

function quietly(step: () => void): void {
  try {
    step();
  } catch {
    // Never made, or not removable any more; there is nobody left to tell.
  }
}

/**
 * Ends the process as the signal would have: at once, even while a session is in the middle of a
 * run (`process.exit` waits for it), with the exit status that shells expect.
 */
export function endBySignal(signal: NodeJS.Signals): void {
  removeTemporaries();
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/**
 * Having a listener keeps the process alive, so this one must end it, unless the program has a
 * listener of its own: that one decides, and its abort or exit removes the files on its way.
 */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) === 1) endBySignal(signal);
}

function uninstall(): void {
  process.removeListener('exit', removeTemporaries);
  for (const signal of SIGNALS satisfies readonly EndingSignal[]) process.removeListener(signal, onSignal);
}
