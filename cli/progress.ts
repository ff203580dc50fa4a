/**
 * Shows progress for anything that takes longer than a second: a bar on a terminal, an occasional line if stderr is a
 * file or a CI log, and nothing with `--quiet`. Also measures the time of every stage.
 */
import type { Output } from './output.ts';
import { seconds } from './spelling.ts';

export interface StageTime {
  readonly stage: string;
  readonly milliseconds: number;
}

export interface Progress {
  /**
   * Ends the current stage and begins a new one. If the current stage has this name, only its share is updated.
   */
  stage(name: string, share?: number): void;
  /** Stops showing progress, because results are now printed to the terminal. Times are still measured. */
  hush(): void;
  /** Ends the last stage, removes the bar, and returns the times of all stages. */
  end(): readonly StageTime[];
}

/** A stage that ends sooner than this shows no progress. */
const PATIENCE_MS = 1000;
const REDRAW_MS = 100;
const LINE_MS = 5000;
const BAR = 24;

/** Yields to the event loop between two pieces of work, so that the bar is drawn. */
export const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function createProgress(output: Output, now: () => number = () => performance.now()): Progress {
  const { io, err } = output;
  const silent = output.quiet || output.json;
  const live = io.stderr.isTTY === true && io.env.TERM !== 'dumb';
  const times: StageTime[] = [];
  let current: { readonly name: string; readonly began: number; share: number | undefined } | undefined;
  let drawn = false;
  let lastLine = Number.NEGATIVE_INFINITY;

  const draw = (): void => {
    if (!current || now() - current.began < PATIENCE_MS) return;
    const { name, share } = current;
    const elapsed = seconds(now() - current.began);
    if (live) {
      const full = Math.round((share ?? 0) * BAR);
      const bar =
        share === undefined ? '' : `${err.cyan('━'.repeat(full))}${err.dim('━'.repeat(BAR - full))} `;
      const part = share === undefined ? '' : `${String(Math.floor(share * 100)).padStart(3)} %  `;
      io.stderr.write(`\r\x1b[K${name}  ${bar}${part}${err.dim(elapsed)}`);
      drawn = true;
    } else if (now() - lastLine >= LINE_MS) {
      const part = share === undefined ? '' : ` ${Math.floor(share * 100)} %`;
      io.stderr.write(`${name}${part} … ${elapsed}\n`);
      lastLine = now();
    }
  };
  const clear = (): void => {
    if (drawn) io.stderr.write('\r\x1b[K');
    drawn = false;
  };
  const finish = (): void => {
    if (current) times.push({ stage: current.name, milliseconds: now() - current.began });
    current = undefined;
    clear();
  };
  output.bar.clear = clear;
  const timer = silent ? undefined : setInterval(draw, live ? REDRAW_MS : PATIENCE_MS);
  timer?.unref();
  return {
    stage(name, share) {
      if (current?.name === name) {
        current.share = share;
        return;
      }
      finish();
      current = { name, began: now(), share };
    },
    hush() {
      clearInterval(timer);
      clear();
    },
    end() {
      clearInterval(timer);
      delete output.bar.clear;
      finish();
      return times;
    },
  };
}
