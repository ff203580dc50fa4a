/** Helpers for tests of passes: they run a pass on a text, verify that it settles, and compare the numbers. */
import { expect } from 'vitest';
import { evaluate } from '../../compiler/ir/dim.ts';
import { type Graph, type } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import type { Tensor } from '../../compiler/ir/op.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { runPasses } from '../../passes/index.ts';
import type { Pass, PassContext, Target } from '../../passes/pass.ts';
import type { RuleStats } from '../../passes/trace.ts';
import { runOnnx } from '../compiler/emit/onnx.ts';
import { graphOf } from '../compiler/ir/graphs.ts';
import { deviation, randomTensor, TOLERANCE, weightByName } from '../compiler/ops/samples.ts';
import { STEPWISE } from './stepwise.ts';

type Tensors = Readonly<Record<string, Tensor>>;

export interface Result {
  readonly graph: Graph;
  readonly rules: readonly RuleStats[];
}

/** Runs one pass as the compiler does, with verification, and expects a second run to change nothing. */
export function passed(
  pass: Pass,
  graph: Graph,
  target: Target = 'cpu',
  more: Partial<PassContext> = {},
): Result {
  const ctx = { ops: OPS, target, ...more };
  const { value, diagnostics } = runPasses(graph, [pass], ctx, { verify: true, misses: true });
  expect(diagnostics).toEqual([]);
  expect(pass.run(value!.graph, ctx), 'a second run').toBe(value!.graph);
  return { graph: value!.graph, rules: value!.stats[0]!.rules };
}

/** The outputs of a graph, computed once, on first use. */
export function meaningOf(graph: Graph, inputs: Tensors): () => Tensors {
  let found: Tensors | undefined;
  return () => {
    found ??= interpret(graph, inputs, weightByName, OPS);
    return found;
  };
}

export const expectSame = (before: Graph, after: Graph, inputs: Tensors): void =>
  expectMeaning(meaningOf(before, inputs)(), after, inputs);

/** Expects the outputs of a graph. Each quantised linear is checked against its own error bound (`stepwise.ts`). */
export function expectMeaning(want: Tensors, after: Graph, inputs: Tensors): void {
  const got = interpret(after, inputs, weightByName, STEPWISE);
  expect(Object.keys(got)).toEqual(Object.keys(want));
  for (const [name, t] of Object.entries(want)) expect(deviation(got[name]!, t), name).toBeTypeOf('number');
}

/** Expects both graphs to have the same outputs in ONNX Runtime; `floats` is the tolerance of float32 outputs. */
export async function expectSameInOnnx(
  before: Graph,
  after: Graph,
  inputs: Tensors,
  floats = TOLERANCE.f32,
): Promise<void> {
  const [want, got] = [await runOnnx(before, inputs), await runOnnx(after, inputs)];
  for (const [name, t] of Object.entries(want)) {
    const tolerance = t.dtype === 'f32' ? floats : TOLERANCE[t.dtype];
    expect(deviation(got[name]!, t, tolerance), name).toBeTypeOf('number');
  }
}

const LENGTHS: ReadonlyMap<string, number> = new Map([
  ['batch', 2],
  ['n', 5],
]);

/** Random inputs, where `batch` is 2 and `n` is 5. */
export const inputsOf = (graph: Graph, seed = 1): Tensors =>
  Object.fromEntries(
    graph.inputs.map(({ name, id }, i) => {
      const { dtype, shape } = graph.types[id]!;
      return [name, randomTensor(type(dtype, ...shape.map((d) => evaluate(d, LENGTHS)!)), 100 * seed + i)];
    }),
  );

/** The text of the graph after the pass, which is checked to give the same outputs. */
export function after(pass: Pass, text: string, target: Target = 'cpu'): string {
  const before = graphOf(text);
  const { graph } = passed(pass, before, target);
  for (const seed of [1, 2]) expectSame(before, graph, inputsOf(before, seed));
  return `\n${printGraph(graph)}`;
}

/** Expects the pass to leave the graph unchanged, and returns the nearest miss of the rule. */
export function declined(pass: Pass, rule: string, text: string, target: Target = 'cpu'): string | undefined {
  const before = graphOf(text);
  const { graph, rules } = passed(pass, before, target);
  expect(graph, 'the same object').toBe(before);
  return rules.find((r) => r.rule === rule)?.nearest?.reason;
}
