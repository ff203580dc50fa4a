/** A host runs the program of a session: a thread of this process (session_thread.ts) or its own process (session_process.ts). */
import type { Reply, Request } from './session_worker.ts';

export interface HostEvents {
  /** An answer to a request. Requests are answered in order. */
  readonly reply: (reply: Reply) => void;
  /** The host cannot start, or failed outside of a request. */
  readonly fault: (message: string) => void;
  /** The host ended. `how` completes the sentence "the session’s thread or process …". */
  readonly exit: (how: string) => void;
}

export interface Host {
  /** Begins to report events. Events that occurred earlier are reported now. */
  listen(events: HostEvents): void;
  /** Sends a request. The memory in `transfer` is moved to the host, so that the arrays of the caller are empty. */
  send(request: Request, transfer?: ArrayBuffer[]): void;
  /** Keeps the program alive while the host works for it. */
  ref(): void;
  unref(): void;
  /** Ends the host at once, even inside native code. A thread cannot be ended in this way, so it has no such function. */
  readonly kill?: () => void;
}
