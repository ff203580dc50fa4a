/**
 * Reads the values of fields: numbers and words. Each reader returns a value or reports exactly one mistake. It ignores
 * a field with a syntax mistake, which is already reported.
 */
import type { NumberNode, StatementNode, WordNode } from './ast.ts';
import type { Diagnostic, Span } from './diagnostics.ts';
import { group, UNITS, type Unit } from './numbers.ts';
import { clip, problem } from './problem.ts';
import type { Reading } from './settings.ts';
import { helpFor } from './suggest.ts';

export type Read<T> = (statement: StatementNode, reading: Reading) => T | undefined;
export type Atom = NumberNode | WordNode;

export interface Limits {
  readonly min: number;
  readonly max: number;
  /** Whether `max` itself is excluded. */
  readonly below?: boolean;
  readonly whole: boolean;
}

/** Reads a field with a whole number, such as `width 512`. */
export const whole =
  (min: number, max: number): Read<number> =>
  (statement, reading) =>
    one(statement, reading, 'number', (atom) =>
      readNumber(atom, { min, max, whole: true }, `\`${statement.name.text}\``, reading),
    );

/** Reads a field with a number less than `max`, such as `dropout 0.1`. */
export const below =
  (min: number, max: number): Read<number> =>
  (statement, reading) =>
    one(statement, reading, 'number', (atom) =>
      readNumber(atom, { min, max, below: true, whole: false }, `\`${statement.name.text}\``, reading),
    );

/** Reads a field with one of a few words, such as `norm post`. */
export const word =
  <W extends string>(...choices: readonly W[]): Read<W> =>
  (statement, reading) =>
    one(statement, reading, 'word', (atom) => readWord(atom, choices, `\`${statement.name.text}\``, reading));

/** Reads the only value of a field, and reports a value of another form. */
function one<T>(
  statement: StatementNode,
  reading: Reading,
  type: Atom['type'],
  read: (atom: Atom & { type: typeof type }) => T | undefined,
): T | undefined {
  const atoms = atomsOf(statement, reading);
  const atom = atoms?.[0];
  if (!atoms || !atom) return undefined;
  if (atom.type !== type) return misfit(reading, atom, statement, `a ${type}`);
  if (atoms[1]) return surplus(reading, atoms[1], statement);
  return read(atom);
}

/**
 * The values of a field that takes one or more values side by side. A list, an arrow or a block is reported as a
 * mistake, because such a field does not take them.
 */
export function atomsOf(statement: StatementNode, reading: Reading): readonly Atom[] | undefined {
  if (statement.broken) return undefined;
  const { name, list, arrow, body } = statement;
  const fault = (code: 'D201' | 'D202' | 'D212', message: string, span: Span, help?: string) => {
    reading.report(problem(code, message, [{ span, text: '' }], help));
    return undefined;
  };
  if (body) {
    return fault(
      'D212',
      `\`${name.text}\` takes a value, not a block`,
      name.span,
      `write the value after the name: \`${name.text} …\`, without braces`,
    );
  }
  if (arrow)
    return fault(
      'D202',
      `\`${name.text}\` takes no \`->\``,
      arrow.span,
      'only `schedule` has a memory length after `->`',
    );
  const [first, second] = list;
  if (!first) return fault('D201', `\`${name.text}\` has no value`, name.span, example(reading));
  if (second) {
    const grouped = list.every(({ atoms }) => atoms.length === 1 && atoms[0]?.type === 'number');
    const text = list.map(({ atoms }) => atoms.map((a) => a.text).join(' '));
    const next = list.slice(1).find(({ atoms }) => atoms.length > 1 && atoms[0]?.type === 'word')?.atoms[0];
    const help = grouped
      ? `group digits with \`_\`: \`${name.text} ${clip(text.join('_'))}\``
      : next
        ? `put \`${clip(next.text)}\` on its own line, or write \`;\` before it; only \`schedule\` takes a list`
        : `write the values without commas: \`${name.text} ${clip(text.join(' '))}\`; only \`schedule\` takes a list`;
    const span = { start: first.span.start, end: list.at(-1)!.span.end };
    return fault('D202', `\`${name.text}\` takes one value, not a list`, span, help);
  }
  return first.atoms;
}

export function misfit(reading: Reading, atom: Atom, { name }: StatementNode, wanted: string): undefined {
  const message = `\`${name.text}\` takes ${wanted}, not ${atom.type === 'number' ? 'the number' : 'the word'} \`${clip(atom.text)}\``;
  const nothing = atom.type === 'word' && /^(none|null|nil|false|no|off|true|default|auto)$/i.test(atom.text);
  const help = nothing
    ? `leave \`${name.text}\` out for its default, or ${example(reading) ?? 'write its value'}`
    : example(reading);
  reading.report(problem('D202', message, [{ span: atom.span, text: '' }], help));
  return undefined;
}

const example = ({ form }: Reading): string | undefined => form && `write it like \`${form}\``;

export function surplus(
  reading: Reading,
  atom: Atom,
  { name, list }: StatementNode,
  advice?: string,
): undefined {
  const [first] = list[0]?.atoms ?? [];
  const digits = first?.type === 'number' && first !== atom && /^\d{3}$/.test(atom.text);
  const help =
    advice ??
    (digits
      ? `group digits with \`_\`: \`${name.text} ${clip(`${first.text}_${atom.text}`)}\``
      : atom.type === 'word' && !atom.args
        ? `if \`${clip(atom.text)}\` begins another field, put it on its own line or write \`;\` before it`
        : example(reading));
  const message = `\`${name.text}\` already has its value, so \`${clip(atom.text)}\` cannot follow`;
  reading.report(problem('D202', message, [{ span: atom.span, text: '' }], help));
  return undefined;
}

/** Reads a number, multiplies it by its unit and checks the limits. Messages use `what` as the name of the number. */
export function readNumber(
  atom: NumberNode | WordNode,
  limits: Limits,
  what: string,
  reading: Reading,
): number | undefined {
  if (atom.type !== 'number') return undefined;
  const factor = readUnit(atom, 'everywhere', reading);
  if (factor === undefined) return undefined;
  const value = atom.value * factor.factor;
  const fault = outside(atom, value, limits, what);
  if (!fault) return value;
  reading.report(fault);
  return undefined;
}

/** The unit of a number; the factor is 1 if the number has no unit. */
export function readUnit(
  atom: NumberNode,
  where: 'everywhere' | 'budgets',
  reading: Reading,
): Pick<Unit, 'factor' | 'measures'> | undefined {
  if (atom.unit === '') return { factor: 1 };
  const unit = UNITS.find(({ name }) => name === atom.unit);
  if (unit && (unit.where === 'everywhere' || where === 'budgets')) return unit;
  const label = { span: { start: atom.span.end - atom.unit.length, end: atom.span.end }, text: '' };
  if (unit) {
    const plain = atom.value * unit.factor;
    const help = Number.isSafeInteger(plain) ? `write \`${group(plain)}\`` : undefined;
    reading.report(problem('D113', `the unit \`${unit.name}\` is only for budgets`, [label], help));
    return undefined;
  }
  const usable = UNITS.filter((u) => where === 'budgets' || u.where === 'everywhere').map(({ name }) => name);
  const known = { names: usable, listed: 'the units are', place: 'unit' } as const;
  const digits = clip(atom.text.slice(0, atom.text.length - atom.unit.length));
  const help =
    usable.length === 1
      ? `the only unit here is \`k\`, which is 1024: write \`${digits}k\`, or the number without a unit`
      : helpFor(atom.unit, known);
  reading.report(problem('D112', `\`${clip(atom.unit)}\` is not a unit`, [label], help));
  return undefined;
}

function outside(atom: NumberNode, value: number, limits: Limits, what: string): Diagnostic | undefined {
  const label = { span: atom.span, text: '' };
  // An infinite value is reported as out of range, not as a fraction.
  const exact = Number.isInteger(value) && !(atom.fraction && atom.unit === '');
  if (limits.whole && Number.isFinite(value) && !exact) {
    const digits = atom.text.replace('.', '_');
    const grouped = /^\d{1,3}(\.\d{3})$/.test(atom.text)
      ? `group digits with \`_\`: \`${digits}\``
      : Number.isInteger(value) && atom.unit === ''
        ? `write \`${clip(atom.text.replace(/\..*$/, ''))}\``
        : undefined;
    return problem('D204', `${what} must be a whole number, not \`${clip(atom.text)}\``, [label], grouped);
  }
  const { min, max } = limits;
  if (value >= min && (limits.below ? value < max : value <= max)) return undefined;
  const bound =
    value < min
      ? `at least ${group(min)}`
      : limits.below
        ? `less than ${group(max)}`
        : `at most ${group(max)}`;
  if (limits.below && max === 1 && value > 1 && value <= 100) {
    const help = `write a fraction: \`${Number((value / 100).toPrecision(12))}\``;
    return problem('D203', `${what} is \`${clip(atom.text)}\`, but must be ${bound}`, [label], help);
  }
  const range = `${group(min)} ${limits.below ? 'up to, but not including,' : 'to'} ${group(max)}`;
  return problem(
    'D203',
    `${what} is \`${clip(atom.text)}\`, but must be ${bound}`,
    [label],
    `write a number from ${range}`,
  );
}

export function readWord<W extends string>(
  atom: Atom,
  choices: readonly W[],
  what: string,
  reading: Reading,
): W | undefined {
  const found = choices.find((c) => c === atom.text);
  if (found !== undefined && atom.type === 'word' && !atom.args) return found;
  const help = helpFor(atom.text, { names: choices, listed: `${what} is one of`, place: 'word' });
  const message =
    found === undefined ? `${what} cannot be \`${clip(atom.text)}\`` : `\`${found}\` takes no arguments`;
  reading.report(problem('D111', message, [{ span: atom.span, text: '' }], help));
  return undefined;
}
