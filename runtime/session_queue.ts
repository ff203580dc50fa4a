/**
 * The queue of the runs of a session. The session's host executes one run at a time, and the other runs wait in the
 * queue. The host keeps the program alive only while a caller waits for a run.
 */
import { type Diagnostic, DiagnosticError } from '../dsl/diagnostics.ts';
import { runFailure } from './session_errors.ts';
import type { Host } from './session_host.ts';
import type { Reply, Request } from './session_worker.ts';
import type { TensorData, Tensors } from './tensor.ts';

type RunRequest = Request & { readonly type: 'run' };
type RunReply = Reply & { readonly type: 'done' | 'failed' };

interface Job {
  readonly request: RunRequest;
  readonly resolve: (results: Record<string, TensorData>) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: () => void;
}

/** The host of a session, as its queue sees it. */
export interface RunHost extends Pick<Host, 'send' | 'ref' | 'unref'> {
  /**
   * Ends the run in progress at once, and returns true. The next request then starts the host again. Returns false if
   * the host cannot do this, and the run continues.
   */
  interrupt(): boolean;
}

export interface RunQueue {
  /** Runs the model after all runs that were added earlier. Rejects with the signal's reason, or with DiagnosticError. */
  add(request: RunRequest, signal: AbortSignal | undefined): Promise<Record<string, TensorData>>;
  /** Settles the run in progress and starts the next one. Returns false if no run is in progress. */
  answer(reply: RunReply): boolean;
  /** The reason why nothing can run any more; undefined while the session is open. */
  ended(): Diagnostic | undefined;
  /** Rejects the waiting runs. The run in progress continues. */
  end(reason: Diagnostic): void;
  /** Rejects all runs, because the host ended. Returns the reason of an earlier `end`, or else `reason`. */
  abandon(reason: Diagnostic): Diagnostic;
}

export function runQueue(host: RunHost): RunQueue {
  const waiting: Job[] = [];
  let active: Job | undefined;
  let ended: Diagnostic | undefined;

  const settle = (job: Job, how: () => void): void => {
    job.signal?.removeEventListener('abort', job.onAbort);
    how();
  };

  /** Lets the program end while the host is still alive, unless a caller waits for the host to close. */
  const idle = (): void => {
    if (!ended) host.unref();
  };

  const next = (): void => {
    idle();
    const job = waiting.shift();
    active = job;
    if (!job) return;
    try {
      host.send(job.request, buffersOf(job.request.feeds));
    } catch (error) {
      // Memory that was already transferred to another run cannot be transferred again.
      settle(job, () => job.reject(error));
      next();
    }
  };

  const end = (reason: Diagnostic, more: readonly Job[] = []): Diagnostic => {
    const known = ended ?? reason;
    ended = known;
    for (const job of [...more, ...waiting.splice(0)])
      settle(job, () => job.reject(new DiagnosticError(known)));
    return known;
  };

  return {
    add: (request, signal) =>
      new Promise((resolve, reject) => {
        const onAbort = (): void => {
          reject(signal?.reason);
          const place = waiting.indexOf(job);
          if (place >= 0) waiting.splice(place, 1);
          else if (host.interrupt()) next();
          else if (waiting.length === 0) idle();
        };
        const job: Job = { request, resolve, reject, signal, onAbort };
        signal?.addEventListener('abort', onAbort, { once: true });
        waiting.push(job);
        if (active) host.ref();
        else next();
      }),
    answer(reply) {
      const job = active;
      if (!job) return false;
      if (reply.type === 'done') settle(job, () => job.resolve(reply.results));
      else settle(job, () => job.reject(new DiagnosticError(runFailure(reply.message))));
      next();
      return true;
    },
    ended: () => ended,
    end: (reason) => void end(reason),
    abandon(reason) {
      const known = end(reason, active ? [active] : []);
      active = undefined;
      return known;
    },
  };
}

function buffersOf(feeds: Tensors): ArrayBuffer[] {
  const buffers = Object.values(feeds).map(({ data }) => data.buffer);
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer);
}
