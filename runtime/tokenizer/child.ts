/**
 * A process that answers requests, one at a time. It may end at any time: the request in progress then rejects. It does
 * not keep a program alive, except while it answers.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Reply } from './library_program.ts';

/** The process ended, or was ended because it was too slow. The message is the reason. */
export class ProcessEnded extends Error {}

export interface Child {
  /** Whether the process can answer requests. */
  readonly alive: () => boolean;
  /** Sends a request. Rejects with ProcessEnded if there is no answer, at the latest after `milliseconds`. */
  ask(request: object, milliseconds: number): Promise<Reply>;
  /** Kills the process, and waits until it has ended. */
  end(): Promise<void>;
}

/** The amount of stderr that is kept. Its end has the reason of a crash. */
const MOST_STDERR = 16_384;

/** Starts Node with a program of one text and one argument. */
export function startChild(program: string, argument: string): Child {
  const child = spawn(process.execPath, ['--input-type=commonjs', '-e', program, argument], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
    windowsHide: true,
    // NODE_OPTIONS may start a debugger or load modules. Electron is Node only with its variable.
    env: { ...process.env, NODE_OPTIONS: '', RUST_BACKTRACE: '0', ELECTRON_RUN_AS_NODE: '1' },
  });
  unref(child);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-MOST_STDERR);
  });
  let ended: string | undefined;
  let pending: { settle: (reply: Reply | ProcessEnded) => void } | undefined;
  const end = (reason: string): void => {
    ended ??= reason;
    child.kill('SIGKILL');
    pending?.settle(new ProcessEnded(ended));
  };
  child.on('error', (error) => end(`its process cannot be started (${error.message})`));
  child.on('message', (reply) => pending?.settle(reply as Reply));
  child.on('close', (code, signal) => end(lastWords(stderr, signal ?? `code ${code}`)));

  return {
    alive: () => ended === undefined && child.connected,
    ask: (request, milliseconds) =>
      new Promise((resolve, reject) => {
        // Only this timer keeps the program alive.
        const timer = setTimeout(
          () => end(`it took longer than ${milliseconds / 1000} seconds`),
          milliseconds,
        );
        pending = {
          settle: (reply) => {
            clearTimeout(timer);
            pending = undefined;
            if (reply instanceof ProcessEnded) reject(reply);
            else resolve(reply);
          },
        };
        if (ended !== undefined) pending.settle(new ProcessEnded(ended));
        // If this fails, the process has ended, and its event `close` follows.
        else child.send(request, () => {});
      }),
    async end() {
      end('it was closed');
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      await once(child, 'exit');
    },
  };
}

function unref(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
  (child.stderr as Socket | null)?.unref();
}

/** Rust's second panic, while it ends the process because of the first one. */
const AFTERMATH = 'panic in a function that cannot unwind';

/** The reason that a process wrote to stderr before it ended, on one short line. */
export function lastWords(stderr: string, status: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const reasons = lines.flatMap((line, i) => {
    const fatal = /^FATAL(?: ERROR)?: (.+)/.exec(line)?.[1];
    if (fatal !== undefined) return [fatal];
    const panic = /\bpanicked at\b/.test(line) ? lines[i + 1] : undefined;
    return panic && panic !== AFTERMATH ? [panic] : [];
  });
  const said = reasons.at(-1) ?? lines.filter((line) => line !== '').at(-1);
  return said === undefined ? `its process ended (${status})` : oneLine(said);
}

/** A message of the library on one short line without control characters. */
export const oneLine = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .slice(0, 200)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '\uFFFD');
