/**
 * Reads `schedule 8k, 8k, 2k, 512 x 3 -> 512`: how many representations each encoder layer attends over, and how many
 * the decoder attends to. It also checks that lengths never grow.
 */
import type { ElementNode, NumberNode, StatementNode } from './ast.ts';
import type { Span } from './diagnostics.ts';
import { group, spell } from './numbers.ts';
import { clip, problem } from './problem.ts';
import { MAX_LENGTH } from './read_kinds.ts';
import type { Read } from './read_values.ts';
import { readNumber } from './read_values.ts';
import type { Reading, Schedule } from './settings.ts';

export const MAX_LAYERS = 1024;

interface LengthEntry {
  readonly length: number;
  readonly times: number;
  readonly span: Span;
}

export const schedule: Read<Schedule> = (statement, reading) => {
  const { name, list, arrow, body, broken } = statement;
  if (broken) return undefined;
  const fault = (code: 'D201' | 'D212', message: string) => {
    const help = 'list the lengths: `schedule 8k, 8k, 2k, 512 x 3 -> 512`';
    reading.report(problem(code, message, [{ span: name.span, text: '' }], help));
    return undefined;
  };
  if (body) return fault('D212', '`schedule` takes lengths, not a block');
  if (list.length === 0) return fault('D201', '`schedule` has no lengths');
  const entries = list.map((element) => readEntry(element, statement, reading));
  const memory = arrow && readMemory(arrow, statement, reading);
  if (!entries.every((e) => e !== undefined) || (arrow && !memory)) return undefined;
  return fits(entries, memory, statement, reading);
};

const LENGTH = { min: 1, max: MAX_LENGTH, whole: true };

/** Reads an entry such as `8k` or `512 x 3`. */
function readEntry(
  element: ElementNode,
  statement: StatementNode,
  reading: Reading,
): LengthEntry | undefined {
  const [length, x, times, more] = element.atoms;
  const repeated = x?.type === 'word' && x.text === 'x' && !x.args && times?.type === 'number' && !more;
  if (length?.type !== 'number' || (x && !repeated)) return notALength(element, statement, reading);
  const read = readNumber(length, LENGTH, 'the length', reading);
  if (repeated && times.unit === 'k' && length.unit === '' && length.value <= MAX_LAYERS) {
    const message = `a layer cannot be repeated \`${clip(times.text)}\` times`;
    const help = `write the length first: \`${clip(times.text)} x ${clip(length.text)}\``;
    reading.report(problem('D203', message, [{ span: times.span, text: '' }], help));
    return undefined;
  }
  const count = repeated
    ? readNumber(times, { min: 1, max: MAX_LAYERS, whole: true }, 'the number of repetitions', reading)
    : 1;
  return read === undefined || count === undefined
    ? undefined
    : { length: read, times: count, span: element.span };
}

function notALength({ atoms, span }: ElementNode, { name }: StatementNode, { report }: Reading): undefined {
  const written = atoms.map((a) => a.text).join(' ');
  report(
    problem(
      'D202',
      `\`${clip(written)}\` is not a length`,
      [{ span, text: '' }],
      lengthHelp(atoms, name.text),
    ),
  );
  return undefined;
}

/** Says how the values of an entry are written: `512 X 3` as `512 x 3`. */
function lengthHelp(atoms: ElementNode['atoms'], field: string): string {
  const [first, second, third] = atoms;
  const texts = atoms.map((a) => clip(a.text));
  const [a, b, c] = texts;
  if (atoms.every((one): one is NumberNode => one.type === 'number')) {
    return atoms.some(({ value }) => value < 0)
      ? `write \`->\` before the length of the memory: \`${field} 8k, 2k -> 512\``
      : `put commas between lengths: \`${field} ${clip(texts.join(', '))}\``;
  }
  const words = first?.type === 'number' && second?.type === 'word' && !second.args;
  if (words && third?.type === 'number')
    return `a repeated length is written with the letter x: \`${a} x ${c}\``;
  if (words && !third) return /^k$/i.test(b!) ? `write \`${a}k\`` : `write the number alone: \`${a}\``;
  return 'a length is a number such as `8k`, or a repeated one such as `512 x 3`; a line that ends with a comma continues on the next line';
}

function readMemory(arrow: ElementNode, statement: StatementNode, reading: Reading): LengthEntry | undefined {
  const [length, more] = arrow.atoms;
  if (length?.type !== 'number' || more) return notALength(arrow, statement, reading);
  const read = readNumber(length, LENGTH, 'the memory length', reading);
  return read === undefined ? undefined : { length: read, times: 1, span: arrow.span };
}

/** Reports a schedule that grows, but still returns it, so that other mistakes in its lengths are reported too. */
function fits(
  entries: readonly LengthEntry[],
  memory: LengthEntry | undefined,
  { name }: StatementNode,
  { report }: Reading,
): Schedule | undefined {
  const total = entries.reduce((sum, { times }) => sum + times, 0);
  if (total > MAX_LAYERS) {
    const label = { span: name.span, text: '' };
    report(
      problem('D203', `the schedule has ${group(total)} layers; at most ${MAX_LAYERS} are allowed`, [label]),
    );
    return undefined;
  }
  const rise = entries.findIndex((e, i) => i > 0 && e.length > entries[i - 1]!.length);
  if (rise > 0) {
    const [before, after] = [entries[rise - 1]!, entries[rise]!];
    report(
      problem('D206', `the schedule grows from ${spell(before.length)} to ${spell(after.length)}`, [
        { span: after.span, text: 'this is longer than the length before it' },
        { span: before.span, text: `this layer passes on at most ${spell(before.length)}` },
      ]),
    );
  }
  const last = entries.at(-1)!;
  if (rise < 1 && memory && memory.length > last.length) {
    report(
      problem(
        'D207',
        `a memory of ${spell(memory.length)} is longer than the last layer, which has ${spell(last.length)}`,
        [
          { span: memory.span, text: '' },
          { span: last.span, text: `the last layer passes on at most ${spell(last.length)}` },
        ],
      ),
    );
    return undefined;
  }
  const layers = entries.flatMap(({ length, times, span }) =>
    Array.from({ length: times }, () => ({ length, span })),
  );
  const kept = memory && memory.length <= last.length ? memory : last;
  return { layers, memory: { length: kept.length, span: kept.span } };
}
