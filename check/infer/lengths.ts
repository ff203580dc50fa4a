/**
 * Finds formulas of lengths that cannot be equal, such as `2*b` and `b` where an input defines `b`. Formulas with
 * different names are never compared, because two names may refer to the same length. A name that no input defines may
 * refer to any length.
 */
import { type Dim, evaluate, symbolsOf } from '../../compiler/ir/dim.ts';
import type { Graph } from '../../compiler/onnx/model.ts';
import { declaredValue, type Size, sameSize, type Value } from './types.ts';

/** The names that the inputs of a graph give to lengths. */
export function namesOfInputs({ input }: Graph): ReadonlySet<string> {
  const sizes = input.flatMap(({ type }) => {
    const value = declaredValue(type, true);
    return value?.kind === 'tensor' ? (value.shape ?? []) : [];
  });
  return new Set(sizes.filter((d) => typeof d === 'string'));
}

/** The lengths that are tried for each name, by the number of names. Formulas of more than 3 names are not compared. */
const TRIED: readonly (readonly number[])[] = [
  [],
  [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 60, 64, 100, 512, 1000, 4096, 65536, 2 ** 24],
  [1, 2, 3, 8, 60, 1000],
  [1, 2, 60],
];

function* lengthsOf(names: readonly string[]): Generator<ReadonlyMap<string, number>> {
  const tried = TRIED[names.length] ?? [];
  const [name, ...others] = names;
  for (let i = 0; name !== undefined && i < tried.length ** names.length; i++) {
    const at = (place: number): number => tried[Math.floor(i / tried.length ** place) % tried.length]!;
    yield new Map([name, ...others].map((one, place) => [one, at(place)]));
  }
}

/**
 * Whether one formula is larger than the other for all lengths that are tried. Both formulas must have the same names,
 * and all of these names must be in `known`. If one formula is larger for some lengths and smaller for other lengths,
 * the two may be equal for a length in between, so they do not count as different.
 */
function differ(a: Dim, b: Dim, known: ReadonlySet<string>): boolean {
  const [names, others] = [new Set(symbolsOf(a)), new Set(symbolsOf(b))];
  if (names.size === 0 || names.size !== others.size) return false;
  for (const name of names) if (!others.has(name) || !known.has(name)) return false;
  let sign = 0;
  for (const lengths of lengthsOf([...names])) {
    const [x, y] = [evaluate(a, lengths), evaluate(b, lengths)];
    if (x === undefined || y === undefined || x === y) return false;
    if (sign !== 0 && Math.sign(x - y) !== sign) return false;
    sign = Math.sign(x - y);
  }
  return sign !== 0;
}

/** The maximum number of comparisons for one model. Each takes up to 1 ms, and a file can have any number of formulas. */
const MOST_TRIED = 500;

/**
 * Creates a function that returns whether a value and its declaration differ in a formula. Both must have the
 * same rank, and the same number for each known length.
 */
export function createLengths(known: ReadonlySet<string>): (value?: Value, declared?: Value) => boolean {
  let left = MOST_TRIED;
  const both = (a: Size, b: Size): boolean => {
    if (a === undefined || b === undefined || typeof a === 'number' || typeof b === 'number') return false;
    // The most common case is two names, which are never compared.
    if ((typeof a === 'string' && typeof b === 'string') || sameSize(a, b)) return false;
    return left-- > 0 && differ(a, b, known);
  };
  return (value, declared) => {
    if (known.size === 0 || value?.kind !== 'tensor' || declared?.kind !== 'tensor') return false;
    return value.shape?.some((d, i) => both(d, declared.shape?.[i])) ?? false;
  };
}
