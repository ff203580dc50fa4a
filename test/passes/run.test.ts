/** Running passes: statistics, verification, hooks, failures and their reproducers. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { PASSES, PIPELINES, replay, runPasses, switchesOf, TARGETS, wantsDump } from '../../passes/index.ts';
import type { Pass } from '../../passes/pass.ts';
import { rewrite } from '../../passes/rewrite.ts';
import { graphOf } from '../compiler/ir/graphs.ts';

const ctx = { ops: OPS, target: 'cpu' } as const;
const graph = graphOf(`graph g(x: %0 f32[n]) {
  %1: f32[n] = neg(%0)  // somewhere @3-5
  %2: f32[n] = tanh(%1)
  return z: %2
}
`);

const pass = (name: string, run: Pass['run']): Pass => ({ name, doc: '', run });
const idle = pass('idle', (g) => g);
const dropNeg = pass('drop_neg', (g, c) =>
  rewrite(
    g,
    [
      { name: 'drop', roots: ['neg'], apply: ({ ins, value }) => [value(ins[0]!)] },
      { name: 'never', roots: ['tanh'], apply: (m) => m.miss(m.uses(m.ins[0]!) === 1 ? 'far' : 'near') },
      {
        name: 'closer',
        roots: ['tanh'],
        apply: (m) => m.miss(m.producer(m.ins[0]!) ? 'near' : 'far', m.producer(m.ins[0]!) ? 1 : 0),
      },
    ],
    c,
  ),
);
const explodes = pass('explodes', () => {
  throw new Error('boom');
});
/** A pass that forgets a type. */
const breaks = pass('breaks', (g) => {
  const { 1: _, ...types } = g.types;
  return { ...g, types };
});

const clock = () => {
  let now = 0;
  return () => (now += 5);
};

afterEach(() => vi.unstubAllEnvs());

describe('a run', () => {
  test('counts, times and reports what changed', () => {
    const seen: unknown[] = [];
    const onPass = (name: string, g: Graph, changed: boolean) =>
      void seen.push([name, g.nodes.length, changed]);
    const { value, diagnostics } = runPasses(graph, [idle, dropNeg], ctx, { clock: clock(), onPass });
    expect(diagnostics).toEqual([]);
    expect(value!.stats).toEqual([
      { name: 'idle', ms: 5, changed: false, before: 2, after: 2, rules: [] },
      { name: 'drop_neg', ms: 5, changed: true, before: 2, after: 1, rules: [{ rule: 'drop', fired: 1 }] },
    ]);
    expect(seen).toEqual([
      ['idle', 2, false],
      ['drop_neg', 1, true],
    ]);
  });

  test('keeps the nearest miss of each rule on request', () => {
    const { value } = runPasses(graph, [dropNeg], ctx, { misses: true });
    const rules = Object.fromEntries(
      value!.stats[0]!.rules.map((r) => [r.rule, [r.fired, r.nearest?.reason]]),
    );
    expect(rules).toEqual({ drop: [1, undefined], never: [0, 'far'], closer: [0, 'near'] });
  });

  test('without passes gives the graph itself', () => {
    expect(runPasses(graph, [], ctx).value!.graph).toBe(graph);
  });

  test('refuses a pass named twice', () => {
    expect(runPasses(graph, [idle, dropNeg, idle], ctx)).toMatchObject({ diagnostics: [{ code: 'D323' }] });
  });
});

describe('a failure', () => {
  const failures: readonly (readonly [Pass, string, RegExp])[] = [
    [explodes, 'D320', /'explodes' failed: boom/],
    [breaks, 'D321', /'breaks' broke/],
    [
      pass('settles_not', (g, c) =>
        rewrite(
          g,
          [{ name: 'r', roots: ['neg'], apply: (m) => m.b.many(m.op('neg'), [m.value(m.ins[0]!)]) }],
          c,
        ),
      ),
      'D322',
      /in the pass 'settles_not': .*does not settle/,
    ],
  ];

  test.each(failures)('of $name is a diagnostic with a reproducer', (failing, code, message) => {
    const passes = { idle, drop_neg: dropNeg, [failing.name]: failing };
    const result = runPasses(graph, [idle, failing, dropNeg], ctx, { verify: true });
    expect(result.value).toBeUndefined();
    expect(result.diagnostics[0]).toMatchObject({
      code,
      severity: 'error',
      message: expect.stringMatching(message),
    });
    const lines = result.reproducer!.split('\n');
    expect(lines[0]).toContain(`// benben replay: ${code}`);
    expect(lines.slice(1, 3)).toEqual([`// passes: ${failing.name}, drop_neg`, '// target: cpu']);
    expect(lines.slice(3).join('\n')).toBe(printGraph(graph));

    const again = replay({ path: 'r.txt', text: result.reproducer! }, { ops: OPS, passes }, { verify: true });
    expect(again.diagnostics).toEqual(result.diagnostics);
    expect(again.reproducer).toBe(result.reproducer);
  });

  test('in verification names the broken rules too', () => {
    const { diagnostics } = runPasses(graph, [breaks], ctx, { verify: true });
    expect(diagnostics.map((d) => d.code)).toEqual(expect.arrayContaining(['D321', 'D312']));
  });

  test('in the graph before the first pass is attributed to no pass', () => {
    const broken = breaks.run(graph, ctx);
    const { diagnostics, reproducer } = runPasses(broken, [idle], ctx, { verify: true });
    expect(diagnostics.map((d) => d.code)).not.toContain('D321');
    expect(diagnostics[0]!.code).toBe('D312');
    expect(reproducer).toContain('// passes: idle');
  });

  test('is not searched for if verification is off', () => {
    expect(runPasses(graph, [breaks], ctx, { verify: false }).diagnostics).toEqual([]);
    expect(runPasses(graph, [breaks], ctx).diagnostics).not.toEqual([]);
  });

  test('is searched for by the command line unless BENBEN_VERIFY=0', () => {
    expect(switchesOf({ BENBEN_VERIFY: '0' }).verify).toBe(false);
    expect(switchesOf({ BENBEN_VERIFY: '1' }).verify).toBe(true);
  });
});

describe('replay', () => {
  const passes = { idle, drop_neg: dropNeg };
  const read = (text: string) => replay({ path: 'r.txt', text }, { ops: OPS, passes });
  const body = printGraph(graph);

  test('runs the passes that the header names, even if it was edited by hand', () => {
    const { value, diagnostics } = read(`//passes:drop_neg\n//   target: webgpu  \n// a note\n${body}`);
    expect(diagnostics).toEqual([]);
    expect(value!.graph.nodes).toHaveLength(1);
    expect(read(`// passes:\n// target: cpu\n${body}`).value!.graph).toEqual(graph);
  });

  test.each([
    ['no passes', 'D324', `// target: cpu\n${body}`],
    ['no target', 'D324', `// passes: idle\n${body}`],
    ['an unknown target', 'D324', `// passes: idle\n// target: toaster\n${body}`],
    ['an unknown opset', 'D324', `// passes: idle\n// target: cpu\n// opset: 5\n${body}`],
    ['a header below the graph', 'D324', `${body}// passes: idle\n// target: cpu\n`],
    ['an unknown pass', 'D323', `// passes: idle, toString\n// target: cpu\n${body}`],
    ['no graph', 'D301', '// passes: idle\n// target: cpu\n'],
    ['an empty file', 'D301', ''],
    ['a broken graph', 'D311', `// passes: idle\n// target: cpu\n${body.replace('tanh(%1)', 'tanh(%7)')}`],
  ])('refuses %s', (_, code, text) => {
    const { value, diagnostics } = read(text);
    expect(value).toBeUndefined();
    expect(diagnostics[0]!.code).toBe(code);
  });
});

test('every pass is in the table once, under the name of its file', () => {
  for (const [name, { name: own, doc }] of Object.entries(PASSES)) {
    expect(own).toBe(name);
    expect(name).toMatch(/^[a-z]+(_[a-z]+)+$/);
    expect(doc).not.toBe('');
  }
  for (const [name, pipeline] of Object.entries(PIPELINES)) {
    expect(new Set(pipeline).size, name).toBe(pipeline.length);
    for (const one of pipeline) expect(PASSES[one.name], name).toBe(one);
  }
  expect(TARGETS).toContain('portable');
});

test('switches', () => {
  expect(switchesOf({})).toEqual({ verify: true, dump: undefined });
  const all = switchesOf({ BENBEN_VERIFY: '0', BENBEN_DUMP: 'all' });
  expect(all).toEqual({ verify: false, dump: 'all' });
  expect(wantsDump(all, 'idle', false)).toBe(false);
  expect(wantsDump(all, 'idle', true)).toBe(true);
  expect(wantsDump(switchesOf({ BENBEN_DUMP: 'idle' }), 'idle', false)).toBe(true);
  expect(wantsDump(switchesOf({}), 'idle', true)).toBe(false);
});
