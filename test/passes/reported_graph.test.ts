/** The graph of reports multiplies as often as what the whole pipeline makes of the model. */
import { expect, test } from 'vitest';
import { workOf } from '../../compiler/cost/fold.ts';
import { evaluatePolynomial, polynomialText, sum } from '../../compiler/cost/polynomial.ts';
import { reportOf } from '../../compiler/cost/report.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { lower } from '../../compiler/lower/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { PIPELINES, runPasses, TARGETS } from '../../passes/index.ts';
import { reportedGraph } from '../../passes/reported_graph.ts';
import { pyramid } from './models.ts';

const LENGTHS = new Map([
  ['batch', 2],
  ['length', 16],
  ['target', 5],
]);

const macsOf = (graph: Graph): bigint =>
  evaluatePolynomial(sum(...workOf(graph, OPS, LENGTHS).map(({ work }) => work.macs)), new Map())!;

test.each([
  ['post-norm', pyramid()],
  ['pre-norm: linears behind the pooling', pyramid({ norm: 'pre', shareEmbeddings: false })],
] as const)('%s', (_, spec) => {
  const lowered = lower(spec, { entry: 'forward' }).value!;
  for (const target of TARGETS) {
    const { graph } = runPasses(lowered, PIPELINES.default, { ops: OPS, target }).value!;
    expect(macsOf(reportedGraph(spec, target)), target).toBe(macsOf(graph));
  }
});

test('formulas say what the counts are', () => {
  const spec = pyramid();
  const graph = reportedGraph(spec);
  const { encoder, formulas } = reportOf(spec, graph);
  expect(formulas).toEqual({ unit: 8, from: 8 });
  expect(polynomialText(encoder.macs.attention.formula)).toBe('128·batch·n + 768·batch');
  for (const length of [8, 16, 24, 32]) {
    const counts = reportOf(spec, graph, { length, target: 5, batch: 3 });
    const at = new Map([...LENGTHS, ['n', length], ['batch', 3]]);
    expect(evaluatePolynomial(counts.macs.formula, at)).toBe(counts.macs.count);
    expect(evaluatePolynomial(counts.entries.formula, at)).toBe(counts.entries.count);
  }
});
