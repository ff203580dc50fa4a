/** For each rule of the checker, a model that breaks it and nothing else, and a similar one that breaks no rule. */
import { floats, type Graph, info, ints, type ModelParts, modelBytes, node, one } from './foreign_models.ts';

export interface Case {
  readonly bad: Uint8Array;
  readonly good: Uint8Array;
  /** Other codes that follow from the mistake. */
  readonly also?: readonly string[];
  /** The data files by location: their sizes in bytes, or what is wrong with them. */
  readonly files?: Readonly<Record<string, number | 'missing' | 'outside'>>;
}

const add = (parts: ModelParts = {}): Uint8Array => one('Add x,y > z', {}, parts);

const swish = (more: object = {}) => ({
  name: 'Swish',
  domain: 'my',
  input: ['a'],
  output: ['c'],
  node: [node('Sigmoid a > b'), node('Mul a,b > c')],
  opsetImport: [{ domain: '', version: 21 }],
  ...more,
});

/** A model of z = Swish(x) + y that calls a function. */
const calling = (
  f: readonly object[],
  call = node('Swish x > s', {}, { domain: 'my' }),
  more: ModelParts = {},
): Uint8Array =>
  modelBytes({
    input: [info('x', [2, 3]), info('y', [2, 3])],
    output: [info('z')],
    node: [call, node('Add s,y > z')],
    opsets: { '': 21, my: 1 },
    functions: f,
    ...more,
  });

/** A branch that adds x to itself. */
const branch = (name: string, more: Graph = {}): Graph => ({
  name,
  node: [node(`Add x,x > ${name}_out`)],
  output: [info(`${name}_out`)],
  ...more,
});

const choose = (yes: Graph, no: Graph, more: ModelParts = {}): Uint8Array =>
  modelBytes({
    input: [info('x', [2, 3]), info('c', [], 9)],
    output: [info('z')],
    node: [node('If c > z', { then_branch: { g: yes }, else_branch: { g: no } })],
    ...more,
  });

const nested = (levels: number): Uint8Array => {
  let type: object = { tensorType: { elemType: 1 } };
  for (let i = 0; i < levels; i++) type = { sequenceType: { elemType: type } };
  return modelBytes({
    input: [info('x', [2]), { name: 's', type }],
    output: [info('z')],
    node: [node('Neg x > z')],
  });
};

const weighted = (w: Parameters<typeof floats>[0] | object, more: ModelParts = {}): Uint8Array =>
  one(
    'Add x,w > z',
    {},
    {
      input: [info('x', [2, 3])],
      initializer: [typeof w === 'string' ? floats(w, [3]) : (w as ReturnType<typeof floats>)],
      ...more,
    },
  );

const outside = (values: Readonly<Record<string, string>>, dims: readonly number[] = [3], name = 'w') => ({
  name,
  dims,
  dataType: 1,
  dataLocation: 1,
  externalData: Object.entries(values).map(([key, value]) => ({ key, value })),
});

const placed = { location: 'w.bin', offset: '0', length: '12' };

const two = (first: object, second: object): Uint8Array =>
  modelBytes({
    input: [info('x', [2, 3])],
    output: [info('z')],
    initializer: [first, second] as never,
    node: [node('Add x,w > a'), node('Mul a,v > z')],
  });

const whole = add();

/** A model with a field 99, which ONNX does not define. */
const withUnknown = Uint8Array.from([...whole, 0x98, 0x06, 1]);

/** A loop that nothing ends before its trip count. */
const counting = (trips: number): Uint8Array =>
  modelBytes({
    input: [info('x', [2, 3])],
    output: [info('z', [2, 3])],
    initializer: [{ name: 'n', dims: [], dataType: 7, int64Data: [trips] }],
    node: [
      node('Loop n,,x > z', {
        body: {
          g: {
            name: 'body',
            input: [info('i', [], 7), info('on', [], 9), info('v', [2, 3])],
            output: [info('more', [], 9), info('w', [2, 3])],
            node: [node('Identity on > more'), node('Neg v > w')],
          },
        },
      }),
    ],
  });

export const CASES: Readonly<Record<string, Case>> = {
  D600: { bad: whole.slice(0, -4), good: whole },
  D601: { bad: nested(60), good: nested(5) },
  D603: { bad: add({ name: '' }), good: whole },
  D604: { bad: withUnknown, good: whole },
  D605: { bad: add({ ir: 99 }), good: add({ ir: 8 }) },
  D606: { bad: add({ opsets: { '': 99 } }), good: add({ opsets: { '': 28 } }) },
  D607: {
    bad: calling([], node('Gelu x > s', {}, { domain: 'com.microsoft' }), { opsets: { '': 21 } }),
    good: calling([], node('Gelu x > s', {}, { domain: 'com.microsoft' }), {
      opsets: { '': 21, 'com.microsoft': 1 },
    }),
  },
  D608: { bad: add({ opsets: { '': 21, 'ai.onnx.ml': 3 } }), good: whole },
  D609: {
    bad: calling([swish({ opsetImport: [{ domain: '', version: 18 }] })]),
    good: calling([swish()]),
  },
  D610: {
    bad: modelBytes({
      input: [info('x', [2, 3])],
      output: [info('z')],
      node: [node('Neg x > a'), node('Abs x > a'), node('Add a,a > z')],
    }),
    good: modelBytes({
      input: [info('x', [2, 3])],
      output: [info('z')],
      node: [node('Neg x > a'), node('Abs x > b'), node('Add a,b > z')],
    }),
  },
  D611: { bad: one('Add x,nobody > z'), good: whole },
  D612: {
    bad: one('Add x,a > z', {}, { node: [node('Neg y > a')] }),
    good: modelBytes({
      input: [info('x', [2, 3]), info('y', [2, 3])],
      output: [info('z')],
      node: [node('Neg y > a'), node('Add x,a > z')],
    }),
  },
  D613: {
    bad: one('Add x,b > a', {}, { node: [node('Mul a,y > b'), node('Neg b > z')] }),
    good: one('Add x,y > a', {}, { node: [node('Mul a,y > b'), node('Neg b > z')] }),
  },
  D614: {
    bad: choose(branch('yes', { node: [], output: [info('x', [2, 3])] }), branch('no')),
    good: choose(branch('yes'), branch('no')),
  },
  D615: { bad: add({ input: [info('x', [2, 3]), info('y', [2, 3]), info('', [2])] }), good: whole },
  D616: {
    bad: one(
      'Add x,y > z',
      {},
      {
        node: [node('Neg x > a', {}, { name: 'n' }), node('Abs y > b', {}, { name: 'n' })],
        output: [info('z'), info('a'), info('b')],
      },
    ),
    good: one(
      'Add x,y > z',
      {},
      {
        node: [node('Neg x > a', {}, { name: 'm' }), node('Abs y > b', {}, { name: 'n' })],
        output: [info('z'), info('a'), info('b')],
      },
    ),
  },
  D617: { bad: add({ initializer: [floats('unused', [5])] }), good: weighted('w') },
  D618: {
    bad: add({ node: [node('Neg x > nothing')] }),
    good: add({ node: [node('Neg x > n')], output: [info('z'), info('n')] }),
  },
  D619: {
    bad: choose(
      branch('yes', { node: [node('Neg x > x2'), node('Abs x2 > early'), node('Add early,x > yes_out')] }),
      branch('no'),
      {
        node: [
          node('Neg x > early'),
          node('If c > a', {
            then_branch: {
              g: branch('yes', { node: [node('Abs x > early'), node('Add early,x > yes_out')] }),
            },
            else_branch: { g: branch('no') },
          }),
          node('Add a,early > z'),
        ],
      },
    ),
    good: choose(branch('yes'), branch('no')),
  },
  D620: {
    bad: calling([swish(), swish()]),
    good: calling([swish(), swish({ overload: 'other' })], undefined, {
      output: [info('z'), info('t')],
      node: [
        node('Swish x > s', {}, { domain: 'my' }),
        node('Swish x > t', {}, { domain: 'my', overload: 'other' }),
        node('Add s,y > z'),
      ],
    }),
  },
  D621: {
    bad: calling([
      swish({
        node: [node('Other a > c', {}, { domain: 'my' })],
        opsetImport: [{ domain: 'my', version: 1 }],
      }),
      swish({
        name: 'Other',
        node: [node('Swish a > c', {}, { domain: 'my' })],
        opsetImport: [{ domain: 'my', version: 1 }],
      }),
    ]),
    good: calling([
      swish({
        node: [node('Other a > c', {}, { domain: 'my' })],
        opsetImport: [{ domain: 'my', version: 1 }],
      }),
      swish({ name: 'Other' }),
    ]),
  },
  D622: { bad: calling([swish(), swish({ name: 'Idle' })]), good: calling([swish()]) },
  D623: {
    bad: calling([swish()], node('Swish x > s', { alpha: 3 }, { domain: 'my' })),
    good: calling(
      [
        swish({
          attribute: ['alpha'],
          node: [node('HardSigmoid a > b', { alpha: { ref: 'alpha', type: 1 } }), node('Mul a,b > c')],
        }),
      ],
      node('Swish x > s', { alpha: { f: 0.5 } }, { domain: 'my' }),
    ),
  },
  D665: { bad: counting(2 ** 40), good: counting(2 ** 20) },
  D624: {
    bad: calling([
      swish({ node: [node('HardSigmoid a > b', { alpha: { ref: 'alpha', type: 1 } }), node('Mul a,b > c')] }),
    ]),
    good: calling(
      [
        swish({
          attribute: ['alpha'],
          node: [node('HardSigmoid a > b', { alpha: { ref: 'alpha', type: 1 } }), node('Mul a,b > c')],
        }),
      ],
      node('Swish x > s', { alpha: { f: 0.5 } }, { domain: 'my' }),
    ),
  },
  D625: {
    bad: calling([], node('SoftTopK x > s', {}, { domain: 'ai.benben' }), {
      opsets: { '': 21, 'ai.benben': 1 },
    }),
    good: calling(
      [swish({ domain: 'ai.benben', name: 'SoftTopK' })],
      node('SoftTopK x > s', {}, { domain: 'ai.benben' }),
      {
        opsets: { '': 21, 'ai.benben': 1 },
      },
    ),
  },
  D626: {
    bad: calling([], node('Swish x > s', {}, { domain: 'my' })),
    also: ['D634'],
    good: calling([swish()]),
  },
  D627: { bad: one('Addd x,y > z'), good: whole },
  D628: {
    bad: one('Upsample x,s > z', {}, { initializer: [floats('s', [2], [2, 2])], input: [info('x', [2, 3])] }),
    good: one(
      'Upsample x,s > z',
      {},
      { initializer: [floats('s', [2], [2, 2])], input: [info('x', [2, 3])], opsets: { '': 9 } },
    ),
  },
  D629: {
    bad: one(
      'SimplifiedLayerNormalization x,s > z',
      {},
      { initializer: [floats('s', [3])], input: [info('x', [2, 3])] },
    ),
    good: one(
      'LayerNormalization x,s > z',
      {},
      { initializer: [floats('s', [3])], input: [info('x', [2, 3])] },
    ),
  },
  D630: { bad: add({ output: [info('z', [2, 4])] }), good: add({ output: [info('z', [2, 3])] }) },
  D631: {
    bad: one('MatMul x,y > z'),
    good: one(
      'MatMul x,y > z',
      {},
      { input: [info('x', [2, 3]), info('y', [3, 5])], output: [info('z', [2, 5])] },
    ),
  },
  D632: { bad: one('Add x > z', {}, { input: [info('x', [2, 3])] }), good: whole },
  D633: { bad: one('Softmax x > z', { axes: 1 }), good: one('Softmax x > z', { axis: 1 }) },
  D634: {
    bad: one('DFT x > z', {}, { opsets: { '': 17 }, output: [info('z', [2, 3])] }),
    good: one('Softmax x > z', {}, { output: [info('z', [2, 3])] }),
  },
  D637: { bad: add({ valueInfo: [info('z', [2, 3], 77)] }), good: add({ valueInfo: [info('z', [2, 3])] }) },
  D640: {
    bad: weighted({ name: 'w', dims: [-3], dataType: 1, floatData: [1] }),
    good: weighted({ name: 'w', dims: [3], dataType: 1, floatData: [1, 2, 3] }),
  },
  D641: {
    bad: weighted(
      { name: 'w', dims: [1 << 20, 3], dataType: 1, rawData: new Uint8Array(4) },
      { input: [info('x', [1, 3])] },
    ),
    good: weighted({ name: 'w', dims: [3], dataType: 1, rawData: new Uint8Array(12) }),
  },
  D642: {
    bad: weighted({ name: 'w', dims: [3], dataType: 1, floatData: [1, 2, 3], rawData: new Uint8Array(12) }),
    good: weighted({ name: 'w', dims: [3], dataType: 1, floatData: [1, 2, 3] }),
  },
  D643: {
    bad: modelBytes({
      output: [info('z')],
      initializer: [ints('shape', [1 << 20, 1 << 20, 64])],
      node: [node('ConstantOfShape shape > z')],
    }),
    good: modelBytes({
      output: [info('z')],
      initializer: [ints('shape', [4, 4])],
      node: [node('ConstantOfShape shape > z')],
    }),
  },
  D644: {
    bad: weighted(outside({ ...placed, location: '../../etc/passwd' })),
    good: weighted(outside(placed)),
    files: { 'w.bin': 12, '../../etc/passwd': 'outside' },
  },
  D645: {
    bad: weighted(outside({ ...placed, location: 'gone.bin' })),
    good: weighted(outside(placed)),
    files: { 'w.bin': 12, 'gone.bin': 'missing' },
  },
  D646: {
    bad: weighted(outside({ ...placed, offset: '4' })),
    good: weighted(outside(placed)),
    files: { 'w.bin': 12 },
  },
  D647: {
    bad: weighted(outside({ ...placed, length: '8' })),
    good: weighted(outside(placed)),
    files: { 'w.bin': 12 },
  },
  D648: {
    bad: two(outside(placed), outside({ ...placed, offset: '4' }, [3], 'v')),
    good: two(outside(placed), outside(placed, [3], 'v')),
    files: { 'w.bin': 64 },
  },
};
