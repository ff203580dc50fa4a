/** The limits of what a runtime can load: the values that they measure, and small files beyond each of them. */
import { describe, expect, test } from 'vitest';
import { beyondLimits, inMemory, openModel } from '../../check/index.ts';
import { demandOf, LOADING_LIMITS } from '../../check/loading.ts';
import {
  type Graph,
  info,
  type ModelParts,
  modelBytes,
  type Node,
  node,
  type Tensor,
} from './foreign_models.ts';

const opened = (parts: ModelParts) => openModel(inMemory(modelBytes(parts))).model!;
const demand = (parts: ModelParts) => demandOf(opened(parts));
const refused = (parts: ModelParts) => beyondLimits(opened(parts));

const own = { domain: 'my' };
const f = (name: string, nodes: readonly Node[]) => ({
  name,
  domain: 'my',
  input: ['a'],
  output: ['c'],
  node: nodes,
  opsetImport: [
    { domain: '', version: 21 },
    { domain: 'my', version: 1 },
  ],
});
const calling = (functions: readonly object[], nodes = [node('F0 x > z', {}, own)]): ModelParts => ({
  input: [info('x', [2])],
  output: [info('z', [2])],
  node: nodes,
  functions,
  opsets: { '': 21, my: 1 },
});
/** Functions of which each calls the next `times` times. */
const chain = (count: number, times: number): ModelParts =>
  calling(
    Array.from({ length: count }, (_, i) =>
      f(
        `F${i}`,
        i === count - 1
          ? [node('Relu a > c')]
          : Array.from({ length: times }, (__, k) =>
              node(`F${i + 1} ${k === 0 ? 'a' : `b${k}`} > ${k === times - 1 ? 'c' : `b${k + 1}`}`, {}, own),
            ),
      ),
    ),
  );

describe('functions', () => {
  test('that each call the next count as levels', () => {
    expect(demand(chain(7, 1))).toEqual({ depth: 7, calls: 7, nodes: 1, bytes: 0, iterations: 0 });
    expect(refused(chain(100, 1))).toEqual([]);
    expect(refused(chain(2000, 1))).toEqual([
      'the model has 2,000 levels of bodies and calls of functions inside each other; the limit is 100',
    ]);
  });
  test('twenty functions that each call the last one twice have a million nodes', () => {
    expect(demand(chain(4, 2))).toEqual({ depth: 4, calls: 15, nodes: 8, bytes: 0, iterations: 0 });
    expect(refused(chain(21, 2))).toEqual([
      'the model has 2,097,151 calls of functions, when the body of a function counts once for each call; the limit is 50,000',
      'the model has 1,048,576 nodes, when the body of a function counts once for each call; the limit is 250,000',
    ]);
    expect(refused(chain(90, 9))[0]).toContain('the model has more than 10^15 calls');
  });
  test('whose constants are copied by every call', () => {
    const constant: Tensor = { dims: [2 ** 16], dataType: 1, rawData: new Uint8Array(2 ** 18) };
    const holder = f('F0', [node('Constant > k', { value: { t: constant } }), node('Add a,k > c')]);
    const calls = (n: number) =>
      calling(
        [holder],
        Array.from({ length: n }, () => node('F0 x > z', {}, own)),
      );
    expect(demand(calls(3))?.bytes).toBe(3 * 2 ** 18);
    expect(refused(calls(2 ** 13))).toEqual([]);
    expect(refused(calls(2 ** 13 + 1))).toEqual([
      'the model has 2,147,745,792 bytes of constants in functions, when the body of a function counts once for each call; the limit is 2,147,483,648',
    ]);
  });
  test('that call themselves are endless, and those that nothing calls do no harm', () => {
    const endless = f('F0', [node('F0 a > c', {}, own)]);
    expect(refused(calling([endless]))[0]).toContain('never ends');
    expect(refused(calling([endless], [node('Relu x > z')]))).toEqual([]);
  });
  test('and bodies inside each other count together', () => {
    const branch = (inner: Node): Graph => ({ name: 'b', node: [inner], output: [info('o')] });
    const nested = calling(
      [f('F0', [node('If a > c', { then_branch: { g: branch(node('Relu a > o')) } })])],
      [node('If x > z', { then_branch: { g: branch(node('F0 x > o', {}, own)) } })],
    );
    expect(demand(nested)).toMatchObject({ depth: 3, calls: 1, nodes: 3 });
  });
});

describe('loops', () => {
  interface Settings {
    readonly trips?: string;
    readonly start?: string;
    /** What the body returns as its condition. */
    readonly more?: string;
    readonly inner?: readonly Node[];
  }
  const scalar = (name: string, dataType: number, value: number): Tensor => ({
    name,
    dims: [],
    dataType,
    ...(dataType === 7 ? { int64Data: [value] } : { int32Data: [value] }),
  });
  const constants = [
    scalar('huge', 7, 2 ** 40),
    scalar('few', 7, 2 ** 13),
    scalar('yes', 9, 1),
    scalar('no', 9, 0),
  ];
  const loop = ({ trips = '', start = '', more = 'on', inner = [] }: Settings): Node =>
    node(`Loop ${trips},${start},x > z`, {
      body: {
        g: {
          name: 'body',
          input: [info('i', [], 7), info('on', [], 9), info('v')],
          output: [info('m', [], 9), info('w')],
          node: [node('Less v,v > less'), node(`Identity ${more} > m`), node('Neg v > w'), ...inner],
        },
      },
    });
  const model = (settings: Settings): ModelParts => ({
    input: [info('x', []), info('n', [], 7), info('c', [], 9)],
    output: [info('z', [])],
    initializer: constants,
    node: [loop(settings)],
  });
  test.each<[string, Settings, number]>([
    ['without a trip count, and a condition that is passed on', {}, Number.POSITIVE_INFINITY],
    ['with a huge trip count', { trips: 'huge' }, 2 ** 40],
    ['whose conditions are constants', { trips: 'huge', start: 'yes', more: 'yes' }, 2 ** 40],
    ['that end at once', { trips: 'huge', start: 'no' }, 0],
    ['whose body computes the condition', { trips: 'huge', more: 'less' }, 0],
    ['whose first condition is an input', { trips: 'huge', start: 'c' }, 0],
    ['whose trip count is an input', { trips: 'n' }, 0],
    ['inside each other', { trips: 'few', inner: [loop({ trips: 'few' })] }, 2 ** 26],
  ])('%s', (_, settings, iterations) => {
    expect(demand(model(settings))?.iterations).toBe(iterations);
    expect(refused(model(settings))).toHaveLength(iterations > LOADING_LIMITS.iterations.most ? 1 : 0);
  });
  test('in a function that a loop calls', () => {
    const parts = calling([
      f('F0', [loop({ trips: 'k', inner: [] }), node('Constant > k', { value_int: 2 ** 13 })]),
    ]);
    const inner = [node('F0 v > u', {}, own)];
    expect(
      demand({ ...parts, initializer: constants, node: [loop({ trips: 'few', inner })] })?.iterations,
    ).toBe(2 ** 26);
  });
  test('without an end are named so', () => {
    expect(refused(model({}))).toEqual([
      'the model has endlessly many iterations of a loop that nothing ends earlier; the limit is 16,777,216',
    ]);
  });
});
