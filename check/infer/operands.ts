/**
 * Patterns of the shapes that the inputs of an operator must have together, such as `[batch, n, d] [d] [d]`. A name is
 * a length: it must be the same number wherever it occurs. Alternatives are separated by `|`:
 *
 *     [a, _, 1]   three dims: the length a, any length, and 1
 *     [..., d]    any number of dims before the last one; [d, ...] any number after the first
 *     scalar      no dim
 *     one         one element: no dim, or one dim of length 1
 *     *           any shape
 *
 * Inputs that are left out, and lengths that are not numbers, are not compared.
 */
import { counted } from '../rule.ts';
import { type Call, fail, shapeIn } from './call.ts';
import { numbersDiffer, type Shape, type Size, shapeText } from './types.ts';

/** The known lengths, by name. */
type Lengths = ReadonlyMap<string, number>;

interface Pattern {
  /** The alternatives, each a list of dims, or a word. */
  readonly forms: readonly (readonly string[] | 'scalar' | 'one' | '*')[];
}

function parse(text: string): readonly Pattern[] {
  const tokens = text.match(/(?:\[[^\]]*\]|[a-z*]+)(?:\|(?:\[[^\]]*\]|[a-z*]+))*/g) ?? [];
  return tokens.map((token) => ({
    forms: token.split('|').map((form) => {
      if (form === 'scalar' || form === 'one' || form === '*') return form;
      return form
        .slice(1, -1)
        .split(',')
        .map((dim) => dim.trim());
    }),
  }));
}

const fitsLength = (dim: string, size: Size, known: Map<string, number>): boolean => {
  if (dim === '_') return true;
  const wanted = /^\d+$/.test(dim) ? Number(dim) : known.get(dim);
  if (wanted !== undefined) return !numbersDiffer(size, wanted);
  if (typeof size === 'number') known.set(dim, size);
  return true;
};

/** The lengths that are known after a shape was matched; undefined if the shape does not have this form. */
function matched(form: Pattern['forms'][number], shape: Shape, lengths: Lengths): Lengths | undefined {
  if (form === '*') return lengths;
  if (form === 'scalar') return shape.length === 0 ? lengths : undefined;
  if (form === 'one')
    return shape.length === 0 || (shape.length === 1 && !numbersDiffer(shape[0], 1)) ? lengths : undefined;
  const dims = form.filter((dim) => dim !== '...');
  const open = dims.length < form.length;
  if (open ? shape.length < dims.length : shape.length !== dims.length) return undefined;
  const known = new Map(lengths);
  const from = form[0] === '...' ? shape.length - dims.length : 0;
  return dims.every((dim, i) => fitsLength(dim, shape[from + i], known)) ? known : undefined;
}

function formText(form: Pattern['forms'][number], lengths: Lengths): string {
  if (form === 'scalar') return 'a scalar';
  if (form === 'one') return 'one number';
  if (form === '*') return 'anything';
  return `[${form.map((dim) => (dim === '_' ? '?' : (lengths.get(dim) ?? dim))).join(', ')}]`;
}

/** Lengths that follow from the attributes or from other inputs. */
export type Given = (call: Call) => Readonly<Record<string, Size>>;

/** Makes a demand of patterns, one for each input. `given` computes the lengths that are known in advance. */
export function operands(text: string, given?: Given): (call: Call) => void {
  const patterns = parse(text);
  return (call) => {
    const numbers = Object.entries(given?.(call) ?? {}).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    );
    let lengths: Lengths = new Map(numbers);
    patterns.forEach(({ forms }, i) => {
      const shape = shapeIn(call, i);
      if (!shape) return;
      const next = forms.map((form) => matched(form, shape, lengths)).find((found) => found !== undefined);
      if (!next) {
        const wanted = forms.map((form) => formText(form, lengths)).join(' or ');
        fail(`${call.op}: input ${i} is ${shapeText(shape)}, but must be ${wanted}`);
      }
      lengths = next!;
    });
  };
}

/** These inputs must be given together, or none of them. */
export const together =
  (...inputs: readonly number[]) =>
  (call: Call): void => {
    const given = inputs.filter((i) => call.has(i));
    if (given.length > 0 && given.length < inputs.length)
      fail(
        `${call.op} has ${counted(given.length, 'input')} of ${inputs.join(' and ')}, but needs all of them or none`,
      );
  };

/** An attribute must be in a range. `most` is included. */
export const between =
  (name: string, least: number, most = Number.MAX_SAFE_INTEGER) =>
  (call: Call): void => {
    const value = call.attribute(name)?.i;
    if (value === undefined || (value >= least && value <= most)) return;
    const range = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `from ${least} to ${most}`;
    fail(`${call.op}: ${name} is ${value}, but must be ${range}`);
  };
