/** Random sources for property tests: well-formed ones from the grammar, and damaged ones. */
import fc from 'fast-check';

const name = fc.constantFrom(
  'A',
  'B',
  'Base',
  'width',
  'schedule',
  'x',
  'by',
  'encoder',
  '_under',
  'Long_Name9',
);
const digits = fc.constantFrom('0', '7', '512', '32_000', '8k', '0.1', '1.5k', '3e2', '125M', '8GB', '9zz');
const number = fc.tuple(fc.constantFrom('', '-', '- '), digits).map((parts) => parts.join(''));
const gap = fc.constantFrom(' ', '  ', '\t');
const comment = fc.constantFrom('', '', '', ' // c', '// ünï {');
const lineEnd = fc
  .tuple(comment, fc.constantFrom('\n', '\n\n', '\r\n', '\n\n\n  // own line\n'))
  .map((p) => p.join(''));

const list = <T>(item: fc.Arbitrary<T>, min: number, max: number) =>
  fc.array(item, { minLength: min, maxLength: max });
const glued = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(''));

const argument = fc.oneof(number, name, glued(name, fc.constantFrom(':', ' : '), fc.oneof(number, name)));
const call = glued(
  name,
  fc.constantFrom('(', ' ( '),
  list(argument, 0, 3).map((args) => args.join(' , ')),
  fc.constant(')'),
);
const element = list(fc.oneof(number, name, call), 1, 3).map((atoms) => atoms.join(' '));
/** After a comma, a list may continue on a line that begins with a number. */
const values = fc
  .tuple(
    element,
    list(fc.oneof(glued(fc.constant(', '), element), glued(fc.constant(','), lineEnd, digits)), 0, 3),
  )
  .map(([first, rest]) => first + rest.join(''));
const arrow = fc.oneof(fc.constant(''), glued(fc.constantFrom(' -> ', '->', '\n -> '), digits));
const field = glued(name, gap, fc.oneof(fc.constant(''), glued(values, arrow)));

const separator = fc.oneof(fc.constantFrom(';', ' ; '), lineEnd);
const block = (depth: number): fc.Arbitrary<string> => {
  const statement =
    depth === 0
      ? field
      : fc.oneof({ weight: 4, arbitrary: field }, glued(field, fc.constant(' '), block(depth - 1)));
  const body = fc.array(glued(statement, separator), { maxLength: 4 }).map((parts) => parts.join(''));
  return glued(
    fc.constantFrom('{', '{ ', '{\n', '{ // open\n', '// before\n{'),
    body,
    fc.constantFrom('}', ' }'),
  );
};

const quantity = glued(
  fc.constantFrom('macs', 'B . parameters', 'peak_memory( batch : 8 )'),
  fc.constant(''),
);
const operand = fc.oneof(
  number,
  quantity,
  glued(fc.constant('( '), quantity, fc.constant(' )')),
  glued(fc.constant('--'), quantity),
);
const sum = fc
  .tuple(operand, list(glued(fc.constantFrom(' + ', '- ', '*', ' /', ' +\n', ' - // c\n'), operand), 0, 3))
  .map(([first, rest]) => first + rest.join(''));
const budget = glued(sum, fc.constantFrom(' <= ', '<', ' == ', ' >=\n'), sum, separator);

const model = glued(
  fc.constantFrom('model A', 'model B extends A', 'model  C // c\n'),
  fc.constant(' '),
  block(2),
);
const check = fc.array(budget, { maxLength: 4 }).map((budgets) => `check A {\n${budgets.join('')}}`);

/** Texts without syntax mistakes, but perhaps with others. */
export const parsable: fc.Arbitrary<string> = fc
  .array(glued(fc.oneof(model, check), fc.constantFrom('', ' // end'), fc.constantFrom('\n', '\n\n\n')), {
    maxLength: 4,
  })
  .map((items) => items.join(''));

const noise = fc.oneof(
  fc.constantFrom(
    '{',
    '}',
    '(',
    ')',
    ',',
    ';',
    ':',
    '->',
    '<=',
    '-',
    '"',
    '/*',
    '//',
    '\n',
    '\0',
    'model',
    'check',
    'extends',
    '8k',
    'é',
    '\uD800',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);

/** A text in which a few places are removed or overwritten. */
export const damaged = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(text, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 12 }), noise), { minLength: 1, maxLength: 6 }))
    .map(([whole, cuts]) =>
      cuts.reduce((now, [at, length, put]) => {
        const from = now.length === 0 ? 0 : at % now.length;
        return now.slice(0, from) + put + now.slice(from + length);
      }, whole),
    );
