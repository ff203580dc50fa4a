/** Starts the host of a session and loads the model there, and does so again after an abort has ended the host. */
import { dirname } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { type Diagnostic, DiagnosticError } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { openingFailure } from './session_errors.ts';
import type { Host } from './session_host.ts';
import { takeProcess } from './session_process.ts';
import { type RunHost, type RunQueue, runQueue } from './session_queue.ts';
import { takeThread } from './session_thread.ts';
import type { Reply } from './session_worker.ts';
import { isTemporary } from './temporary.ts';
import type { TensorInfo } from './tensor.ts';

export interface SessionSetup {
  /** The absolute path of the model. */
  readonly model: string;
  readonly device: string;
  readonly options: InferenceSession.SessionOptions;
  readonly isolate: boolean;
}

/** A session that has loaded its model. */
export interface Started {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly runs: RunQueue;
  readonly close: () => Promise<void>;
}

/** A host that loads the model when it starts. After `interrupt`, the next request starts it again. */
interface Loader extends RunHost {
  /** Resolves when the current host has ended. */
  exited(): Promise<void>;
  /** Starts the host, unless it runs. */
  start(): void;
  /** Asks the host, if it runs, to end after the requests that it has. */
  stop(): void;
}

function loaderOf(
  { model, device, options, isolate }: SessionSetup,
  answer: (reply: Reply, isFirst: boolean) => void,
  abandon: (reason: Diagnostic) => void,
): Loader {
  const folder = dirname(model);
  let host: Host | undefined;
  let exited: Promise<void> = Promise.resolve();

  const launch = (): Host => {
    const started =
      (isolate ? takeProcess(isTemporary(folder) ? folder : undefined) : undefined) ?? takeThread();
    host = started;
    // The first reply is the one to `open`.
    let isFirst = true;
    const whileCurrent = (then: () => void): void => {
      if (host === started) then();
    };
    exited = new Promise((done) => {
      started.listen({
        reply: (reply) =>
          whileCurrent(() => {
            const wasFirst = isFirst;
            isFirst = false;
            answer(reply, wasFirst);
          }),
        fault: (message) => whileCurrent(() => abandon(openingFailure(model, device, message))),
        exit: (how) => {
          whileCurrent(() => abandon(runtimeDiagnostic('D545', `the session’s ${how}`)));
          done();
        },
      });
    });
    started.send({ type: 'open', model, options });
    return started;
  };

  return {
    start: () => void (host ?? launch()),
    stop: () => host?.send({ type: 'close' }),
    send: (request, transfer) => (host ?? launch()).send(request, transfer),
    ref: () => host?.ref(),
    unref: () => host?.unref(),
    exited: () => exited,
    interrupt() {
      if (!host?.kill) return false;
      host.kill();
      host = undefined;
      return true;
    },
  };
}

/** Resolves when the model is loaded. Rejects with DiagnosticError, or with the signal's reason. */
export async function startSession(setup: SessionSetup, signal: AbortSignal | undefined): Promise<Started> {
  const { model, device } = setup;
  let opened: (Reply & { type: 'opened' }) | undefined;
  let resolveOpened: () => void;
  let rejectOpened: (error: unknown) => void;
  const opening = new Promise<void>((resolve, reject) => {
    resolveOpened = resolve;
    rejectOpened = reject;
  });

  const abandon = (reason: Diagnostic): void => rejectOpened(new DiagnosticError(runs.abandon(reason)));
  /** Ends a session that cannot run its model any more. */
  const fail = (reason: Diagnostic): void => {
    abandon(reason);
    void stop();
  };
  const loaded = (reply: Reply): void => {
    if (reply.type === 'failed') return fail(openingFailure(model, device, reply.message));
    if (reply.type !== 'opened') return;
    if (opened && JSON.stringify(opened) !== JSON.stringify(reply)) {
      const message = `${model} was replaced by another model after the session was opened`;
      return fail(runtimeDiagnostic('D545', message, 'open it again'));
    }
    if (!opened) host.unref();
    opened = reply;
    resolveOpened();
  };
  const answer = (reply: Reply, isFirst: boolean): void => {
    if (isFirst) loaded(reply);
    else if (reply.type !== 'opened') runs.answer(reply);
  };
  const host = loaderOf(setup, answer, abandon);
  const runs = runQueue(host);

  /** Ends the host after the run in progress. A host that was interrupted has ended already. */
  const stop = async (): Promise<void> => {
    runs.end(runtimeDiagnostic('D545', 'the session was closed'));
    host.stop();
    await host.exited();
  };
  let stopped: Promise<void> | undefined;
  const close = (): Promise<void> => (stopped ??= runs.ended() ? host.exited() : stop());

  const onAbort = (): void => {
    rejectOpened(signal?.reason);
    if (host.interrupt()) return;
    void close();
    host.unref();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    host.start();
    await opening;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
  const { inputs, outputs } = opened!;
  return { inputs, outputs, runs, close };
}
