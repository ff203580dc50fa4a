/**
 * Tests the builder: it shares expressions, records places, and drops dead nodes, dead parts of loops, and unused
 * weights.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodyOf, createBuilder, type Value, withDefaults } from '../../../compiler/ir/build.ts';
import { allNodes, readsOf, type, useCounts } from '../../../compiler/ir/graph.ts';
import { interpret } from '../../../compiler/ir/interpret.ts';
import { NOWHERE, type Place, sharedPlace, sharedScope } from '../../../compiler/ir/place.ts';
import { prune } from '../../../compiler/ir/prune.ts';
import { printGraph } from '../../../compiler/ir/text.ts';
import { plainWeight } from '../../../compiler/ir/weights.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { weightByName } from '../ops/samples.ts';
import { graphOf } from './graphs.ts';
import { randomCase } from './random_graph.ts';

const op = (name: string) => OPS[name]!;
const constantOf = (b: ReturnType<typeof createBuilder>, value: number): Value =>
  b.add(op('constant'), [], { value: { dtype: 'f32', shape: [], data: [value] } });

describe('hash-consing', () => {
  test('shares equal expressions, and commutative ones in either order', () => {
    const b = createBuilder('g');
    const [x, y] = [b.input('x', type('f32', 'n')), b.input('y', type('f32', 'n'))];
    expect(b.add(op('add'), [x, y])).toBe(b.add(op('add'), [y, x]));
    expect(b.add(op('sub'), [x, y])).not.toBe(b.add(op('sub'), [y, x]));
    expect(b.add(op('softmax'), [x])).toBe(b.add(op('softmax'), [x], { axis: -1 }));
    expect(b.add(op('softmax'), [x])).not.toBe(b.add(op('softmax'), [x], { axis: 0 }));
  });

  test('distinguishes numbers that JSON prints alike', () => {
    // JSON prints NaN, Infinity and -Infinity as `null`, and -0 as `0`.
    const b = createBuilder('g');
    const values = [Number.NaN, Infinity, -Infinity, 0, -0, 1].map((x) => constantOf(b, x).id);
    expect(new Set(values).size).toBe(6);
  });

  test('declares a weight once', () => {
    const b = createBuilder('g');
    const spec = plainWeight('w', [3], { kind: 'constant', value: 1 });
    expect(b.param(spec)).toBe(b.param({ ...spec }));
  });

  test('shares the values of an outer region inside, but not those of an inner region outside', () => {
    const b = createBuilder('g');
    const x = b.input('x', type('f32'));
    const outer = b.add(op('neg'), [x]);
    let inner: Value | undefined;
    b.region([], () => {
      expect(b.add(op('neg'), [x])).toBe(outer);
      inner = b.add(op('exp'), [x]);
      return [inner];
    });
    expect(b.add(op('exp'), [x])).not.toBe(inner);
  });

  test('refuses attributes that an op lacks, even if every JavaScript object has properties of these names', () => {
    expect(() => withDefaults(op('relu'), { by: 2 })).toThrow(/no attribute 'by'/);
    expect(() => withDefaults(op('relu'), { toString: 2 })).toThrow(/no attribute 'toString'/);
  });
});

describe('places', () => {
  test('a node inherits the fields that `within` omits, and `at` sets all of them', () => {
    const b = createBuilder('g');
    const x = b.input('x', type('f32', 3));
    const span = { start: 1, end: 4 };
    const layer = b.within(
      'encoder.layers.2',
      () => b.within('', () => b.within('fc1', () => b.add(op('relu'), [x])), { part: 'ffn' }),
      { side: 'encoder', layer: 2, span },
    );
    expect(b.here()).toBe(NOWHERE);
    const place: Place = { side: 'decoder', layer: null, part: 'head', phase: 'backward' };
    const exact = b.within(
      'lost',
      () => b.at({ scope: 'a.b', place, from: [] }, () => b.add(op('neg'), [layer])),
      {
        side: 'encoder',
      },
    );
    b.output('y', b.add(op('exp'), [exact]));
    expect(b.done().nodes.map(({ scope, place, from }) => ({ scope, place, from }))).toEqual([
      {
        scope: 'encoder.layers.2.fc1',
        place: { side: 'encoder', layer: 2, part: 'ffn', phase: 'forward' },
        from: [span],
      },
      { scope: 'a.b', place, from: [] },
      { scope: '', place: NOWHERE, from: [] },
    ]);
  });

  test('a node that is shared by two places keeps the first place', () => {
    const b = createBuilder('g');
    const x = b.input('x', type('f32', 3));
    const made = (['encoder', 'decoder'] as const).map((side) =>
      b.within(side, () => b.add(op('relu'), [x]), { side }),
    );
    b.output('y', b.add(op('add'), made));
    expect(b.done().nodes[0]!.place).toEqual({ ...NOWHERE, side: 'encoder' });
  });

  test('a field of a shared place is null where the nodes differ', () => {
    const place = (side: Place['side'], layer: number | null, part: Place['part']): Place => ({
      ...NOWHERE,
      ...{ side, layer, part },
    });
    const [q, k] = [place('decoder', 1, 'projections'), place('decoder', 1, 'memoryProjections')];
    expect(sharedPlace([q, q])).toEqual(q);
    expect(sharedPlace([q, k])).toEqual(place('decoder', 1, null));
    expect(sharedPlace([q, place('decoder', 2, 'projections')])).toEqual(
      place('decoder', null, 'projections'),
    );
    expect(sharedPlace([q, place('encoder', 1, 'projections')])).toEqual(NOWHERE);
    expect(sharedScope(['a.b.q', 'a.b.k'])).toBe('a.b');
    expect(sharedScope(['a.b', 'a.b.k'])).toBe('a.b');
    expect(sharedScope(['a.b', 'c.b'])).toBe('');
  });
});

describe('prune', () => {
  test('drops nodes, weights and types that nothing reads, and keeps inputs', () => {
    const b = createBuilder('g');
    const [x] = [b.input('x', type('f32', 3)), b.input('unread', type('i64'))];
    b.add(op('add'), [x, b.param(plainWeight('w', [3], { kind: 'constant', value: 1 }))]);
    b.output('y', b.add(op('relu'), [x]));
    expect(printGraph(b.done())).toBe(`graph g(x: %0 f32[3], unread: %1 i64[]) {
  %4: f32[3] = relu(%0)
  return y: %4
}
`);
  });

  const LOOP = `graph g(x: %0 f32[3], c: %1 i64[], t: %2 bool[]) {
  %3: f32[3] = neg(%0)
  %4: f32[3] = exp(%0)
  %5: f32[3], %6: f32[3], %7: f32[3], %8: f32[rounds, 3] = loop(%1, -, %0, %3, %4) (%9: i64[], %10: f32[3], %11: f32[3], %12: f32[3]) {
    %13: f32[3] = add(%10, %11)
    %14: f32[3] = tanh(%11)
    %15: f32[3] = sigmoid(%12)
    %16: f32[3] = relu(%15)
    yield %2, %13, %14, %15, %16
  }
  return y: %5
}
`;

  test('drops carried values that only feed themselves, and scans that nothing reads', () => {
    expect(printGraph(prune(graphOf(LOOP)))).toBe(`graph g(x: %0 f32[3], c: %1 i64[], t: %2 bool[]) {
  %3: f32[3] = neg(%0)
  %5: f32[3], %6: f32[3] = loop(%1, -, %0, %3) (%9: i64[], %10: f32[3], %11: f32[3]) {
    %13: f32[3] = add(%10, %11)
    %14: f32[3] = tanh(%11)
    yield %2, %13, %14
  }
  return y: %5
}
`);
  });

  test('keeps a carried value that only a scan needs', () => {
    const kept = prune(graphOf(LOOP.replace('y: %5', 'y: %8')));
    expect(kept.nodes.at(-1)!.outs).toEqual([7, 8]);
  });

  test('keeps the values that a region captures', () => {
    const text = LOOP.replace('add(%10, %11)', 'add(%10, %4)');
    const kept = prune(graphOf(text));
    expect(kept.nodes.map((n) => n.op)).toEqual(['exp', 'loop']);
    expect(readsOf(kept.nodes.at(-1)!)).toEqual(expect.arrayContaining([0, 1, 2, 4]));
  });

  test('changes nothing the second time, and changes no value', () => {
    fc.assert(
      fc.property(randomCase(), ({ graph, inputs }) => {
        expect(prune(graph)).toStrictEqual(graph);
        const live = new Set(useCounts(graph).keys());
        for (const node of allNodes(graph.nodes)) expect(node.outs.some((id) => live.has(id))).toBe(true);
        const [last] = graph.outputs.slice(-1);
        const fewer = prune({ ...graph, outputs: last ? [last] : [] });
        const all = interpret(graph, inputs, weightByName, OPS);
        for (const [name, value] of Object.entries(interpret(fewer, inputs, weightByName, OPS))) {
          expect(value).toEqual(all[name]);
        }
      }),
      { numRuns: 150 },
    );
  });
});

test('the body of a composite omits the outputs that are not requested', () => {
  const types = [type('f32', 2, 8, 3), type('f32', 2, 8), null];
  const attrs = withDefaults(op('hard_topk'), { k: 3 });
  const whole = bodyOf(op('hard_topk'), types, attrs);
  const part = bodyOf(op('hard_topk'), types, attrs, [true, false, false, false]);
  expect(part.outs).toEqual(whole.outs);
  expect(part.graph.outputs.map((p) => p.name)).toEqual(['y']);
  expect(part.graph.nodes.length).toBeLessThan(whole.graph.nodes.length);
});
