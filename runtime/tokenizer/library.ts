/**
 * The library `tokenizers` in a process of its own. The library aborts its process for some files and texts, and can
 * neither be interrupted nor limited in memory. If the process ends, the next call starts another
 * (docs/decisions/0023-tokenizers-in-a-process.md).
 */
import { totalmem } from 'node:os';
import { findPackage } from '../package_path.ts';
import { type Child, startChild } from './child.ts';
import { type Answers, type Ask, type LibrarySetup, type LoadAsk, librarySource } from './library_program.ts';

/** The library refuses its input. The message is its own. */
export class LibraryRefusal extends Error {}

export interface Library {
  /**
   * Loads a tokenizer. This and the other calls reject with LibraryRefusal, or with ProcessEnded if the process crashed,
   * was too slow or needed too much memory.
   */
  load(source: Omit<LoadAsk, 'type'>): Promise<void>;
  encode(text: string): Promise<Answers['encode']>;
  decode(runs: readonly (readonly number[])[]): Promise<Answers['decode']>;
  /** Ends the process. */
  close(): Promise<void>;
}

export interface LibraryLimits {
  /** The time limit of a call in milliseconds, and the extra time for each million characters. Loading gets twice that. */
  readonly patience: number;
  /** The maximum resident memory of the process, in bytes. */
  readonly memory: number;
}

/** A document of 16 MB, the longest, with eight million tokens needed 3.5 GB. */
const LIMITS: LibraryLimits = { patience: 10_000, memory: Math.min(8 * 2 ** 30, totalmem() / 2) };

/** Starts the process of the library. Throws DiagnosticError (D531) if the package is missing. */
export function startLibrary({ patience, memory }: LibraryLimits = LIMITS): Library {
  const library = findPackage('tokenizers', 'D531', (require) => require.resolve('tokenizers'));
  const setup: LibrarySetup = { library, memory };
  const start = (): Child => startChild(librarySource(), JSON.stringify(setup));
  let source: LoadAsk | undefined;
  let child = start();
  /** The process that has loaded the tokenizer. */
  let ready: Child | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const send = async <T extends Ask['type']>(ask: Ask & { type: T }, size: number): Promise<Answers[T]> => {
    const reply = await child.ask(ask, patience * (1 + Math.ceil(size / 1e6)));
    if ('failed' in reply) throw new LibraryRefusal(reply.failed);
    return reply.value as Answers[T];
  };
  const prepare = async (): Promise<void> => {
    if (!child.alive()) child = start();
    if (ready === child || !source) return;
    const starting = child;
    await send(source, 1e6 + source.json.length / 10);
    ready = starting;
  };
  /** Calls `job` when the calls before it are over. */
  const queued = <T>(job: () => Promise<T>): Promise<T> => {
    const result = last.then(async () => {
      await prepare();
      return job();
    });
    last = result.catch(() => {});
    return result;
  };

  return {
    load(given) {
      source = { type: 'load', ...given };
      return queued(async () => {});
    },
    encode: (text) => queued(() => send({ type: 'encode', text }, text.length)),
    decode: (runs) => queued(() => send({ type: 'decode', runs }, runs.flat().length)),
    close: () => child.end(),
  };
}
