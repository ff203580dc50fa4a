/** Valid models that would take long if each lookup were a search through a list, with the codes that they give. */
import { info, type ModelParts, node } from '../check/foreign_models.ts';
import { effort } from '../effort.ts';

/** Nested loops: each concatenates its carried value with itself, and passes it to the next. */
const loop = (level: number, deepest: number, carried: readonly string[]): ReturnType<typeof node> => {
  const own = (what: string): string[] => carried.map((_, i) => `${what}${level}_${i}`);
  const inner = level < deepest ? [loop(level + 1, deepest, own('x'))] : [];
  const [first = '', ...others] =
    inner.length > 0 ? own('out').map((_, i) => `out${level + 1}_${i}`) : own('x');
  const body = {
    name: `body${level}`,
    input: [info(`i${level}`, [], 7), info(`on${level}`, [], 9), ...own('x').map((name) => info(name))],
    output: [info(`more${level}`, [], 9), ...own('y').map((name) => info(name))],
    node: [
      ...inner,
      node(`Identity on${level} > more${level}`),
      node(`Concat ${first},${first} > y${level}_0`, { axis: 0 }),
      ...others.map((_, i) => node(`Identity ${i === 0 ? first : others[i - 1]} > y${level}_${i + 1}`)),
    ],
  };
  return node(`Loop n,,${carried.join(',')} > ${own('out').join(',')}`, { body: { g: body } });
};
const loops = (deepest: number, values: number) => ({
  input: [info('x', ['b', 4]), info('n', [], 7)],
  output: Array.from({ length: values }, (_, i) => info(`out0_${i}`)),
  node: [
    loop(
      0,
      deepest,
      Array.from({ length: values }, () => 'x'),
    ),
  ] as never,
});

const many = <T>(least: number, most: number, make: (i: number) => T): T[] =>
  Array.from({ length: effort(least, most) }, (_, i) => make(i));
const plain = { input: [info('x', ['b', 4])], output: [info('z', ['b', 4])] };
const relu = [node('Relu x > z')];
const body = (i: number, inner: ReturnType<typeof node>) => ({
  name: `F${i}`,
  domain: 'my',
  input: ['a'],
  output: ['c'],
  node: [inner],
  opsetImport: [
    { domain: '', version: 21 },
    { domain: 'my', version: 1 },
  ],
});
const called = (functions: readonly object[], nodes = [node('F0 x > z', {}, { domain: 'my' })]) => ({
  ...plain,
  node: nodes,
  functions,
  opsets: { '': 21, my: 1 },
});
const next = (i: number, last: number) =>
  i === last ? node('Relu a > c') : node(`F${i + 1} a > c`, {}, { domain: 'my' });
const functions = effort(5000, 10_000);

export const LONG: readonly (readonly [name: string, codes: readonly string[], make: () => ModelParts])[] = [
  ['nested loops whose value doubles', [], () => loops(20, 1)],
  [
    'nested loops that shift their values, so that one type settles in each iteration',
    [],
    () => loops(14, 4),
  ],
  [
    'a long chain',
    [],
    () => {
      const nodes = many(30_000, 60_000, (i) => node(`Relu v${i} > v${i + 1}`));
      return { input: [info('v0', ['b', 4])], output: [info(`v${nodes.length}`, ['b', 4])], node: nodes };
    },
  ],

  [
    'functions that each call the next',
    ['D608', 'D665', 'D634'],
    () => called(many(functions, functions, (i) => body(i, next(i, functions - 1)))),
  ],
  [
    'functions that are not called',
    ['D608', 'D622'],
    () => called(many(functions, functions, (i) => body(i, node('Relu a > c')))),
  ],
  [
    'functions with the same name',
    ['D608', 'D620'],
    () => called(many(functions, functions, () => body(0, node('Relu a > c')))),
  ],
  [
    'calls of a long function with missing inputs',
    ['D608', 'D618', 'D623', 'D665', 'D634'],
    () =>
      called(
        [
          {
            ...body(0, node('Relu a > c')),
            input: many(3000, 6000, (i) => `a${i}`),
            node: [...many(3000, 6000, (i) => node(`Relu a${i} > b${i}`)), node('Relu a0 > c')],
          },
        ],
        many(3000, 6000, (i) => node(`F0 > z${i || ''}`, {}, { domain: 'my' })),
      ),
  ],
  [
    'metadata',
    [],
    () => ({
      ...plain,
      node: relu,
      more: { metadataProps: many(50_000, 150_000, (i) => ({ key: `k${i}`, value: '' })) },
    }),
  ],
  [
    'a chain, the last node first',
    ['D612'],
    () => ({
      ...plain,
      node: [node('Relu v0 > z'), ...many(30_000, 60_000, (i) => node(`Relu v${i + 1} > v${i}`))],
      initializer: [{ name: `v${effort(30_000, 60_000)}`, dims: [1], dataType: 1, floatData: [1] }],
    }),
  ],
  [
    'nodes that read undefined values',
    ['D611', 'D618'],
    () => ({ ...plain, node: [...relu, ...many(30_000, 60_000, (i) => node(`Relu u${i} > v${i}`))] }),
  ],
  [
    'nodes that write the same name',
    ['D610'],
    () => ({ ...plain, node: many(30_000, 60_000, () => node('Relu x > z')) }),
  ],
  [
    'tensors in data files',
    ['D617', 'D646', 'D648'],
    () => ({
      ...plain,
      node: relu,
      initializer: many(20_000, 30_000, (i) => ({
        name: `w${i}`,
        dims: [2],
        dataType: 1,
        dataLocation: 1,
        externalData: Object.entries({ location: 'good.bin', offset: `${i}`, length: '8' }).map(
          ([key, value]) => ({ key, value }),
        ),
      })),
    }),
  ],
];
