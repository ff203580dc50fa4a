/** Options as rows of a table, and typed access to the values that were given. */
import { InvalidArgumentError } from 'commander';
import { decodeNumber, keepsDigits, spell } from '../dsl/numbers.ts';

export interface OptionRow {
  /** The flags in commander's notation: `-o, --output <file>`. */
  readonly flags: string;
  readonly about: string;
  readonly choices?: readonly string[];
  readonly parse?: (text: string) => number;
}

/** A command's options by their camel-case names. Reading an option as the wrong type throws a TypeError. */
export interface Flags {
  on(name: string): boolean;
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  /** One of an option's choices, which commander has checked. */
  choice<T extends string>(name: string): T | undefined;
  /** The value of an option whose value may be left out (`--print-ir [pass]`); '' if it is left out. */
  optional(name: string): string | undefined;
  /**
   * The value given for a long flag such as `--no-error-report`: '' if the flag has no value, undefined if the
   * flag was left out.
   */
  given(flag: string): string | undefined;
}

const camelCase = (words: string): string =>
  words.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

export function flagsOf(values: Readonly<Record<string, unknown>>): Flags {
  const typed = <T>(name: string, type: 'string' | 'number'): T | undefined => {
    const value = values[name];
    if (value !== undefined && typeof value !== type) throw new TypeError(`option ${name} is not a ${type}`);
    return value as T | undefined;
  };
  return {
    on: (name) => values[name] === true,
    text: (name) => typed<string>(name, 'string'),
    number: (name) => typed<number>(name, 'number'),
    choice: <T extends string>(name: string) => typed<T>(name, 'string'),
    optional: (name) => (values[name] === true ? '' : typed<string>(name, 'string')),
    given(flag) {
      const opposite = flag.startsWith('--no-') && values[camelCase(flag.slice('--no-'.length))] === false;
      const value = opposite || values[camelCase(flag.slice('--'.length))];
      if (value === undefined || value === false) return undefined;
      return value === true ? '' : String(value);
    },
  };
}

/** Reads a whole number in the language's notation: `8k`, `1.5k`, `32_768`. */
export function countOf(text: string): number | undefined {
  const literal = decodeNumber(text);
  if (!literal || (literal.unit !== '' && literal.unit !== 'k')) return undefined;
  const value = literal.value * (literal.unit === 'k' ? 1024 : 1);
  return Number.isSafeInteger(value) && keepsDigits(text, literal.value) ? value : undefined;
}

/** A parser of whole numbers from `least` to `most`. */
export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const [sign, digits] = text.startsWith('-') ? [-1, text.slice(1)] : [1, text];
    const size = countOf(digits);
    // `|| 0` turns -0 into 0.
    const value = size === undefined ? Number.NaN : sign * size || 0;
    if (!(value >= least && value <= most)) {
      const upTo = most < Number.MAX_SAFE_INTEGER ? ` to ${spell(most)}` : '';
      const from = upTo === '' ? ` of at least ${least}` : ` from ${least}${upTo}`;
      const range = least > Number.MIN_SAFE_INTEGER ? from : '';
      throw new InvalidArgumentError(`It must be a whole number${range}.`);
    }
    return value;
  };

/** A parser of numbers that float32 can hold, in which models compute. */
export function finite(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  if (!Number.isFinite(Math.fround(value)))
    throw new InvalidArgumentError('It must be a number that fits in float32.');
  return value;
}

export function fromZero(text: string): number {
  const value = finite(text);
  if (value < 0) throw new InvalidArgumentError('It must be a number of at least 0.');
  return value;
}
