/**
 * The program of the process that the library `tokenizers` runs in. It is the text of the functions `serve` and `watch`,
 * which Node gets as an argument, for the reasons given in session_worker.ts. Therefore these functions may use only
 * their parameters and globals, and no imports except types. The functions inside them are methods or have no name, because
 * bundlers wrap functions with a name.
 */
import type { Tokenizer } from 'tokenizers';

export interface LibrarySetup {
  /** Absolute path of the main module of `tokenizers`. */
  readonly library: string;
  /** The maximum resident memory of the process, in bytes. */
  readonly memory: number;
}

export interface LoadAsk {
  readonly type: 'load';
  /** The content of a `tokenizer.json`. */
  readonly json: string;
  /** The added tokens with the ids that the library should have for them. */
  readonly added: readonly (readonly [content: string, id: number])[];
}

/** Requests. They are answered in the order in which they are sent. */
export type Ask =
  | LoadAsk
  | { readonly type: 'encode'; readonly text: string }
  | { readonly type: 'decode'; readonly runs: readonly (readonly number[])[] };

export interface RawEncoding {
  readonly ids: Uint32Array;
  /** Two numbers per token: its start and end in the text, in code points. */
  readonly offsets: Uint32Array;
  /** 1 for the tokens that the post-processor added. */
  readonly special: Uint8Array;
}

/** The answer to each type of request. */
export interface Answers {
  readonly load: true;
  readonly encode: RawEncoding;
  readonly decode: readonly string[];
}

export type Reply = { readonly value: Answers[Ask['type']] } | { readonly failed: string };

/** The program as a text. Some bundlers wrap functions in a call of `__name`, which does nothing here. */
export function librarySource(): string {
  const name = 'const __name = (f) => f;';
  const watcher = `${name} (${watch.toString()})(require);`;
  return `${name} (${serve.toString()})(require, ${JSON.stringify(watcher)});`;
}

function serve(load: NodeJS.Require, watcher: string): void {
  const { library, memory } = JSON.parse(process.argv[1]!) as LibrarySetup;
  const { Worker } = load('node:worker_threads') as typeof import('node:worker_threads');
  // The first number is 1 while a request is answered. Nothing changes the second one.
  const busy = new Int32Array(new SharedArrayBuffer(8));
  const workerData = { busy, memory, parent: process.ppid };
  new Worker(watcher, { eval: true, execArgv: [], workerData });
  // `process.exit` would wait for calls of the library.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  // A terminal sends this signal to all processes of a program. The parent decides what to do.
  process.on('SIGINT', () => {});

  let tokenizer: Tokenizer | undefined;
  const calls = {
    load({ json, added }: LoadAsk): true {
      const { Tokenizer: Class } = load(library) as typeof import('tokenizers');
      const loaded = Class.fromString(json);
      for (const [content, id] of added) {
        const own = loaded.tokenToId(content);
        if (own !== id)
          throw new Error(`the library has the id ${own} for the added token with the id ${id}`);
      }
      tokenizer = loaded;
      return true;
    },
    async encode({ text }: { text: string }): Promise<RawEncoding> {
      const encoding = await tokenizer!.encode(text, null, { addSpecialTokens: true });
      const ids = Uint32Array.from(encoding.getIds());
      const offsets = new Uint32Array(2 * ids.length);
      for (const [i, [start, end]] of encoding.getOffsets().entries()) {
        offsets[2 * i] = start!;
        offsets[2 * i + 1] = end!;
      }
      return { ids, offsets, special: Uint8Array.from(encoding.getSpecialTokensMask()) };
    },
    async decode({ runs }: { runs: number[][] }): Promise<string[]> {
      return tokenizer!.decodeBatch(runs, false);
    },
    async answer(ask: Ask): Promise<Reply> {
      try {
        const call = calls[ask.type] as (one: Ask) => Promise<Answers[Ask['type']]>;
        return { value: await call(ask) };
      } catch (error) {
        return { failed: error instanceof Error ? error.message : String(error) };
      }
    },
  };
  process.on('message', async (ask: Ask) => {
    Atomics.store(busy, 0, 1);
    Atomics.notify(busy, 0);
    const reply = await calls.answer(ask);
    Atomics.store(busy, 0, 0);
    process.send!(reply, () => {});
  });
  try {
    // Most of the time of the first request would be spent on this.
    load(library);
  } catch {
    // The first request fails in the same way and says so.
  }
}

/**
 * A thread that ends the process while a request is answered, if the process uses too much memory or if its parent has
 * ended. The main thread cannot notice either while it is in a call of the library.
 */
function watch(load: NodeJS.Require): void {
  const { workerData } = load('node:worker_threads') as typeof import('node:worker_threads');
  const { writeSync } = load('node:fs') as typeof import('node:fs');
  const { busy, memory, parent } = workerData as { busy: Int32Array; memory: number; parent: number };
  for (;;) {
    Atomics.wait(busy, 0, 0);
    Atomics.wait(busy, 1, 0, 20);
    const full = process.memoryUsage.rss() > memory;
    if (full) writeSync(2, `\nFATAL: it needs more than ${Math.round(memory / 2 ** 20)} MB of memory\n`);
    if (full || process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  }
}
