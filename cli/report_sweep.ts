/** Reads `--sweep n=1k..64k`. */

import { spell } from '../dsl/numbers.ts';
import { doublings, SWEEPS, type SweepSymbol } from '../report/sweep.ts';
import { UsageFault } from './faults.ts';
import { countOf } from './options.ts';

export interface SweepRequest {
  readonly symbol: SweepSymbol;
  readonly values: readonly number[];
}

export function readSweep(text: string): SweepRequest {
  const wrong = (message: string): UsageFault =>
    new UsageFault(`--sweep ${text}: ${message}`, 'write SYMBOL=FROM..TO, such as --sweep n=1k..64k');
  const [, symbol, first, last] = /^\s*([^=]*?)\s*=\s*(.*?)\s*\.\.\s*(.*?)\s*$/.exec(text) ?? [];
  if (symbol === undefined) throw wrong('it is not a symbol with a range');
  if (!Object.hasOwn(SWEEPS, symbol)) {
    const known = Object.entries(SWEEPS).map(([name, { about }]) => `${name} (${about})`);
    throw wrong(`there is no symbol '${symbol}'; the symbols are ${known.join(', ')}`);
  }
  const { most } = SWEEPS[symbol as SweepSymbol];
  const [from, to] = [first!, last!].map((end) => {
    const value = countOf(end);
    if (value === undefined || value < 1) throw wrong(`'${end}' is not a whole number of at least 1`);
    return value;
  }) as [number, number];
  if (to > most) throw wrong(`${symbol} can be at most ${spell(most)}`);
  if (from > to) throw wrong('the range ends before it begins');
  return { symbol: symbol as SweepSymbol, values: doublings(from, to) };
}
