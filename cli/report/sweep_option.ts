/** `--sweep n=1k..64k`. */
import { doublings, SWEEPS, type SweepSymbol } from '../../compiler/cost/sweep.ts';
import { decodeNumber } from '../../dsl/numbers.ts';
import { UsageFault } from '../faults.ts';

export interface SweepWish {
  readonly symbol: SweepSymbol;
  readonly values: readonly number[];
}

/** A length as the language writes it: `1k`, `1.5k`, `32_768`. */
function lengthOf(text: string): number | undefined {
  const literal = decodeNumber(text);
  if (!literal || (literal.unit !== '' && literal.unit !== 'k')) return undefined;
  const value = literal.value * (literal.unit === 'k' ? 1024 : 1);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

export function readSweep(text: string): SweepWish {
  const wrong = (message: string): UsageFault =>
    new UsageFault(`--sweep ${text}: ${message}`, 'write SYMBOL=FROM..TO, such as --sweep n=1k..64k');
  const [, symbol, first, last] = /^\s*([^=]*?)\s*=\s*(.*?)\s*\.\.\s*(.*?)\s*$/.exec(text) ?? [];
  if (symbol === undefined) throw wrong('it is no symbol and a range');
  if (!Object.hasOwn(SWEEPS, symbol)) {
    const known = Object.entries(SWEEPS).map(([name, { about }]) => `${name} (${about})`);
    throw wrong(`there is no symbol '${symbol}'; there are ${known.join(', ')}`);
  }
  const { most } = SWEEPS[symbol as SweepSymbol];
  const [from, to] = [lengthOf(first!), lengthOf(last!)];
  if (from === undefined || to === undefined)
    throw wrong(`'${from === undefined ? first : last}' is no whole number from 1`);
  if (to > most) throw wrong(`${symbol} is at most ${most}`);
  if (from > to) throw wrong('it ends before it begins');
  return { symbol: symbol as SweepSymbol, values: doublings(from, to) };
}
