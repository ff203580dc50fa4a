/** The streams and the environment of a command. They are arguments, so tests can run commands without a process. */
import type { Writable } from 'node:stream';

export { jsonText, nameText, printable, printableExceptPaint } from '../dsl/printable.ts';

/** An output stream, which may be a terminal. */
export interface Screen extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Io {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /** Receives only results. */
  readonly stdout: Screen;
  /** Receives everything else that is written for people. */
  readonly stderr: Screen;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export const processIo = (): Io => ({
  // A getter, because every access to process.stdin opens the stream, and few commands read it.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
});

/** NO_COLOR and FORCE_COLOR take precedence when they are set (no-color.org, force-color.org). */
export function wantsColor(stream: Screen, env: Io['env']): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

export const widthOf = (stream: Screen): number => Math.max(40, Math.min(stream.columns ?? 88, 120));
