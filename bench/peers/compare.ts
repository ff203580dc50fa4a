/** Whether two implementations compute the same, and how far a form in fewer bits is from float32. */

export interface Difference {
  readonly largest: number;
  /** The norm of the difference, divided by the norm of the expected values. */
  readonly relative: number;
}

/** Compares numbers. NaN is infinitely far from every number. Throws an Error where the sizes differ. */
export function difference(expected: Float32Array, actual: Float32Array): Difference {
  if (expected.length !== actual.length || expected.length === 0)
    throw new Error(`${expected.length} numbers were expected, but there are ${actual.length}`);
  let [largest, squares, total] = [0, 0, 0];
  expected.forEach((value, i) => {
    const difference = Math.abs(value - actual[i]!);
    const apart = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    largest = Math.max(largest, apart);
    squares += apart ** 2;
    total += value ** 2;
  });
  return { largest, relative: Math.sqrt(squares / total) };
}

/** The largest difference of two forms in float32. Rows of a post-norm model have a variance of about 1. */
export const TOLERANCE = 1e-3;

/** The smallest share of a pooling's groups that two implementations must both choose (bench/peers/follow.py). */
export const SAME_CHOICES = 0.95;

/** The largest relative error of a form in fewer bits. A larger one means that the form is broken. */
export const BROKEN = 0.25;

export interface Verdict {
  readonly right: boolean;
  /** What was compared and what was found. */
  readonly text: string;
}

export const exactVerdict = (what: string, { largest }: Difference): Verdict => ({
  right: largest <= TOLERANCE,
  text: `${what}: the largest difference is ${largest.toExponential(1)} (at most ${TOLERANCE} is allowed)`,
});

export const choiceVerdict = (what: string, shares: readonly number[]): Verdict => ({
  right: shares.every((share) => share >= SAME_CHOICES),
  text: `${what}: the poolings choose the same in ${shares
    .map((share) => `${(100 * share).toFixed(1)} %`)
    .join(' and ')} of their groups (at least ${100 * SAME_CHOICES} % is needed)`,
});

export const roundedVerdict = (what: string, { relative }: Difference): Verdict => ({
  right: relative <= BROKEN,
  text: `${what}: the relative error is ${(100 * relative).toFixed(2)} % (at most ${100 * BROKEN} % is allowed)`,
});

export function wordsVerdict(what: string, ours: readonly number[], theirs: readonly number[]): Verdict {
  const first = ours.findIndex((word, i) => word !== theirs[i]);
  const same = first < 0 && ours.length === theirs.length;
  return {
    right: same,
    text: same
      ? `${what}: the same ${ours.length} words`
      : `${what}: word ${first < 0 ? ours.length : first} of ${ours.length} is another`,
  };
}

/** Two implementations do not compute the same, so their times must not be compared. */
export class WrongModel extends Error {}

/** Reports a verdict. Throws a WrongModel where it is not right. */
export function expectRight(say: (line: string) => void, { right, text }: Verdict): void {
  if (!right) throw new WrongModel(`nothing is timed, because two forms do not compute the same. ${text}`);
  say(text);
}
