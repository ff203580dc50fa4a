/** Tests the text form of the IR: it is read as it was printed, and any other text gives a diagnostic. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../../compiler/ir/graph.ts';
import {
  DECODER_PARTS,
  ENCODER_PARTS,
  NOWHERE,
  PHASES,
  type Place,
  SIDES,
} from '../../../compiler/ir/place.ts';
import { parseGraph, printGraph } from '../../../compiler/ir/text.ts';
import { GROUPS, LAYOUTS, type WeightSpec } from '../../../compiler/ir/weights.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { oneOp, sampleName } from '../ops/samples.ts';
import { EVERYTHING, graphOf } from './graphs.ts';
import { randomCase } from './random_graph.ts';

const read = (text: string) => parseGraph({ path: '<test>', text }, OPS);
const expectRoundTrip = (graph: Graph): void => {
  const text = printGraph(graph);
  expect(graphOf(text)).toStrictEqual(graph);
  expect(printGraph(graphOf(text))).toBe(text);
};

const orNull = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(one);
/** Any place, including places that the verifier refuses. */
const places: fc.Arbitrary<Place> = fc.record(
  {
    side: orNull(fc.constantFrom(...SIDES)),
    layer: orNull(fc.nat()),
    part: orNull(fc.constantFrom(...ENCODER_PARTS, ...DECODER_PARTS)),
    phase: fc.constantFrom(...PHASES),
  },
  { noNullPrototype: true },
);
const weights: fc.Arbitrary<WeightSpec> = fc
  .record({
    group: fc.constantFrom(...GROUPS),
    layout: fc.constantFrom(...LAYOUTS),
    side: orNull(fc.constantFrom(...SIDES)),
    layer: orNull(fc.nat()),
    shape: fc.array(fc.nat(9), { maxLength: 3 }),
  })
  .map((facts) => ({ name: 'w', init: { kind: 'constant', value: 1 }, ...facts }));

describe('round trip', () => {
  test('of every form', () => {
    expect(printGraph(graphOf(EVERYTHING))).toBe(EVERYTHING);
    expectRoundTrip(graphOf(EVERYTHING));
  });

  test('keeps numbers exactly', () => {
    const data = [-0, 1e21, 5e-324, 0.1, 2 ** 53 - 1, Infinity, -Infinity, Number.NaN];
    const value = { dtype: 'f32', shape: [data.length], data } as const;
    const node = {
      op: 'constant',
      ins: [],
      outs: [0],
      attrs: { value },
      scope: '',
      place: NOWHERE,
      from: [],
    };
    const types = { 0: { dtype: 'f32', shape: [data.length] } } as const;
    expectRoundTrip({
      name: 'g',
      inputs: [],
      params: [],
      nodes: [node],
      outputs: [{ name: 'y', id: 0 }],
      types,
    });
  });

  for (const op of Object.values(OPS)) {
    for (const sample of op.samples) {
      test(sampleName(op, sample), () => {
        expectRoundTrip(oneOp(op, sample).graph);
        expectRoundTrip(oneOp(op, sample, { symbolic: true }).graph);
      });
    }
  }

  test('of random graphs', () => {
    fc.assert(
      fc.property(randomCase(), ({ graph }) => expectRoundTrip(graph)),
      { numRuns: 300 },
    );
  });

  test('of random names, scopes and places', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        places,
        fc.nat(),
        (name, scope, place, start) => {
          const node = {
            op: 'relu',
            ins: [0],
            outs: [1],
            attrs: {},
            scope,
            place,
            from: [{ start, end: start + 3 }],
          };
          const t = { dtype: 'f32', shape: ['n'] } as const;
          const ports = { inputs: [{ name, id: 0 }], outputs: [{ name, id: 1 }] };
          expectRoundTrip({ name, ...ports, params: [], nodes: [node], types: { 0: t, 1: t } });
        },
      ),
    );
  });
});

test('round trip of the facts of weights', () => {
  fc.assert(
    fc.property(weights, (weight) => {
      const types = { 0: { dtype: 'f32', shape: weight.shape } } as const;
      const ports = { inputs: [], outputs: [{ name: 'y', id: 0 }] };
      expectRoundTrip({ name: 'g', ...ports, params: [{ id: 0, weight }], nodes: [], types });
    }),
  );
});

/** Mistakes: the code, the text at the start of the span, a pattern of the message, and the whole text. */
const MISTAKES: readonly (readonly [code: string, at: string, message: RegExp, text: string])[] = [
  ['D301', 'grph', /expected `graph`/, 'grph g() {return}'],
  ['D301', '%0', /expected the name of an op/, 'graph g(x: %0 f32[]) { %1: f32[] = %0 return y: %1 }'],
  ['D301', 'f33', /one of f32, f16, i64, bool/, 'graph g(x: %0 f33[]) { return }'],
  ['D301', '4 4', /not a dimension/, 'graph g(x: %0 f32[4 4]) { return }'],
  ['D301', 'narmal', /one of xavier_uniform/, 'graph g() { param %0 = "w" f32[2] narmal(std: 1) return }'],
  [
    'D301',
    'normal',
    /expected normal\(std, zeroRow\?\)/,
    'graph g() { param %0 = "w" f32[2] normal() return }',
  ],
  ['D301', 'f32[n]', /known lengths/, 'graph g() { param %0 = "w" f32[n] uniform(bound: 1) return }'],
  ['D301', '"\\q"', /escape/, 'graph "\\q"() { return }'],
  ['D301', '99999999999999999999', /too large/, 'graph g(x: %99999999999999999999 f32[]) { return }'],
  ['D301', 'x', /end of the text/, 'graph g() { return } x'],
  [
    'D301',
    'encodr',
    /one of encoder, decoder/,
    'graph g() { param %0 = "w" f32[2] uniform(bound: 1) {side: encodr} return }',
  ],
  [
    'D301',
    'use',
    /one of group, layout, side, layer/,
    'graph g() { param %0 = "w" f32[2] uniform(bound: 1) {use: x} return }',
  ],
  [
    'D301',
    '// #encodr',
    /one of encoder, decoder/,
    'graph g(x: %0 f32[]) { %1: f32[] = relu(%0) // #encodr\nreturn y: %1 }',
  ],
  [
    'D301',
    '// #encoder/0',
    /a place of the form `#side.layer.part:phase`/,
    'graph g(x: %0 f32[]) { %1: f32[] = relu(%0) // #encoder/0\nreturn y: %1 }',
  ],
  ['D302', 'rleu', /no op `rleu`/, 'graph g(x: %0 f32[]) { %1: f32[] = rleu(%0) return y: %1 }'],
  ['D302', 'toString', /no op `toString`/, 'graph g(x: %0 f32[]) { %1: f32[] = toString(%0) return y: %1 }'],
];

describe('reading', () => {
  test('skips comments on lines of their own', () => {
    const [first, ...rest] = EVERYTHING.split('\n');
    const text = ['// from a reproducer', first, '  // the weights:', ...rest].join('\r\n');
    expect(graphOf(text)).toStrictEqual(graphOf(EVERYTHING));
  });

  test.each(MISTAKES)('%s at %j', (code, at, message, text) => {
    const { value, diagnostics } = read(text);
    expect(value).toBeUndefined();
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({
      code,
      severity: 'error',
      message: expect.stringMatching(message),
    });
    const { start, end } = diagnostics[0]!.labels[0]!.span;
    expect(text.slice(start)).toSatisfy((rest: string) => rest.startsWith(at));
    expect(end).toBeGreaterThan(start);
  });

  test('refuses regions that are nested too deep', () => {
    const text = `graph g() {${'= loop() () {'.repeat(100_000)}`;
    expect(read(text).diagnostics[0]).toMatchObject({
      code: 'D301',
      message: expect.stringMatching(/too deeply: more than 32 levels/),
    });
  });

  test('never throws on damaged text', () => {
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      drop: fc.nat(12),
      put: fc.oneof(
        fc.constantFrom('%', '{', '}', '[', ')', '"', '//', '\n', '-', ',', ': f32['),
        fc.string(),
      ),
    });
    const damaged = fc
      .tuple(randomCase(6), fc.boolean(), fc.array(edit, { minLength: 1, maxLength: 4 }))
      .map(([{ graph }, all, edits]) =>
        edits.reduce(
          (text, { at, drop, put }) => {
            const start = Math.floor(at * text.length);
            return text.slice(0, start) + put + text.slice(start + drop);
          },
          all ? EVERYTHING : printGraph(graph),
        ),
      );
    fc.assert(
      fc.property(damaged, (text) => {
        const { value, diagnostics } = read(text);
        expect(diagnostics).toHaveLength(value ? 0 : 1);
        for (const { span } of diagnostics.flatMap((d) => d.labels)) {
          expect(0 <= span.start && span.start <= span.end && span.end <= text.length).toBe(true);
        }
        if (value) expectRoundTrip(value);
      }),
      { numRuns: 1500 },
    );
  });
});
