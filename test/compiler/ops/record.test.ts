/** Tests the facts in the records of ops: required facts are present, and facts agree with each other and the op. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, expectTypeOf, onTestFinished, test } from 'vitest';
import { emit, encodeSingleFile } from '../../../compiler/emit/index.ts';
import { PLAIN } from '../../../compiler/ir/arithmetic.ts';
import { bodyOf, createBuilder, type Value } from '../../../compiler/ir/build.ts';
import { type Attrs, allNodes, type Node, type } from '../../../compiler/ir/graph.ts';
import { interpret } from '../../../compiler/ir/interpret.ts';
import {
  type Composite,
  isComposite,
  type Op,
  type Primitive,
  type Sample,
  type Tensor,
} from '../../../compiler/ir/op.ts';
import { TARGETS } from '../../../compiler/ir/target.ts';
import { sizeOf, tensor } from '../../../compiler/ir/tensors.ts';
import { parseGraph, printGraph } from '../../../compiler/ir/text.ts';
import { free } from '../../../compiler/ir/work.ts';
import { barrier } from '../../../compiler/ops/barrier.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { foldConstants } from '../../../passes/fold_constants.ts';
import { hoistInvariants } from '../../../passes/hoist_invariants.ts';
import { PASSES, PIPELINES, runPasses } from '../../../passes/index.ts';
import { decodeModelProto } from '../../onnx_messages.ts';
import { runOnnx, weightSource } from '../emit/onnx.ts';
import { graphOf } from '../ir/graphs.ts';
import { oneOp, sampleTensors, weightByName } from './samples.ts';

const op = (name: string): Op => OPS[name]!;

test('a record that omits what the op does in float16 does not compile', () => {
  expectTypeOf<Omit<Primitive, 'float16'>>().not.toExtend<Primitive>();
  expectTypeOf<Omit<Composite, 'float16'>>().not.toExtend<Composite>();
  expectTypeOf<Omit<Primitive, 'grad' | 'torch' | 'pure'>>().toExtend<Primitive>();
});

/** The nodes of a composite's body, for each of its samples. */
const bodiesOf = (each: Composite, attrs: Attrs = {}): readonly Node[] =>
  each.samples.flatMap((sample) => {
    const { graph } = oneOp(each, sample, { attrs });
    const node = graph.nodes.at(-1)!;
    const types = node.ins.map((id) => (id === null ? null : graph.types[id]!));
    return [...allNodes(bodyOf(each, types, node.attrs).graph.nodes)];
  });

const hasKernels = ({ op: name }: Node): boolean => {
  const each = op(name);
  return isComposite(each) && each.kernels !== undefined;
};

const COMPOSITES = Object.values(OPS).filter(isComposite);

describe.each(COMPOSITES.map((each) => [each.name, each] as const))('%s', (_, each) => {
  test('is no purer than its body', () => {
    const impure = bodiesOf(each).some((node) => op(node.op).pure === false);
    expect(impure && each.pure !== false).toBe(false);
  });

  test('has kernels if its body contains an op with kernels, and a function passes the chosen kernel to this op', () => {
    // The pass that chooses kernels sees the op but not its body, which would then run without kernels.
    expect(bodiesOf(each).some(hasKernels) && each.kernels === undefined).toBe(false);
    if (!each.onnxFunction) return;
    for (const kernel of Object.keys(each.kernels?.forms ?? {}))
      for (const node of bodiesOf(each, { kernel }).filter(hasKernels))
        expect(node.attrs.kernel).toBe(kernel);
  });
});

describe.each(Object.values(OPS).map((each) => [each.name, each] as const))('%s', (_, each) => {
  test('has the inputs and results that its facts refer to', () => {
    if (each.pooling) {
      expect(each.ins.slice(0, 2)).toEqual(['x', 'score']);
      expect(each.outs).toEqual(['y', 'y_mask', 'index', 'weight']);
    }
    if (each.scalesQueries) expect(each.attrs).toMatchObject({ scaled: { kind: 'bool', default: false } });
    if (each.moves) expect(each.ins).toHaveLength(1);
    if (each.neutral !== undefined) expect(each.ins).toHaveLength(2);
    for (const attr of Object.values(each.attrs)) if (attr.element) expect(attr.kind).toBe('float');
  });
});

/** The number of rows of a tensor. A row runs along the last axis. */
const rowCount = ({ shape }: Tensor): number => sizeOf(shape.slice(0, -1));

/** One row of a tensor, with as many axes. A tensor that is the same for all rows stays as it is. */
function rowOf(x: Tensor, row: number, rows: number): Tensor {
  if (x.shape.length < 2 || rowCount(x) !== rows) return x;
  const width = x.shape.at(-1)!;
  const shape = [...x.shape.slice(0, -1).map(() => 1), width];
  return { ...x, shape, data: x.data.slice(row * width, (row + 1) * width) };
}

const PRIMITIVES = Object.values(OPS).filter((each): each is Primitive => !isComposite(each));

/** The primitives whose record has a certain fact, for `test.each`. */
const havingFact = (has: (each: Primitive) => boolean) =>
  PRIMITIVES.filter(has).map((each) => [each.name, each] as const);

/** The first result of an op on inputs, with the attributes of a sample. */
function applied(each: Primitive, sample: Sample, ins: readonly (Tensor | null)[]): Tensor {
  const { attrs } = oneOp(each, sample).graph.nodes.at(-1)!;
  return each.ref!(ins, attrs, Number, PLAIN)[0]!;
}

test.each(havingFact(({ rowwise }) => rowwise === true))('%s computes each row alone', (_, each) => {
  for (const sample of each.samples) {
    const given = sampleTensors(sample);
    const whole = applied(each, sample, given);
    const rows = rowCount(whole);
    for (let row = 0; row < rows; row++) {
      const alone = applied(
        each,
        sample,
        given.map((x) => x && rowOf(x, row, rows)),
      );
      expect([...alone.data]).toEqual([...rowOf(whole, row, rows).data]);
    }
  }
});

test.each(havingFact(({ moves }) => moves === true))('%s commutes with a factor', (_, each) => {
  const twice = (x: Tensor): Tensor => ({ ...x, data: x.data.map((v) => 2 * v) });
  for (const sample of each.samples) {
    const given = sampleTensors(sample).map((x) => x!);
    expect(applied(each, sample, given.map(twice))).toEqual(twice(applied(each, sample, given)));
  }
});

test.each(havingFact(({ neutral }) => neutral !== undefined))(
  '%s has the neutral operand that it names',
  (_, each) => {
    for (const sample of each.samples) {
      const [x, y] = sampleTensors(sample) as [Tensor, Tensor];
      const neutral = tensor(y.dtype, [], [each.neutral!]);
      expect(applied(each, sample, [x, neutral])).toEqual(x);
    }
  },
);

describe('an impure op', () => {
  const draws: Primitive = {
    name: 'draws',
    doc: 'Gives other numbers each time that it is applied.',
    ins: [],
    outs: ['y'],
    attrs: {},
    samples: [],
    float16: 'all',
    pure: false,
    infer: () => [type('f32', 2)],
    ref: () => [tensor('f32', [2], [Math.random(), Math.random()])],
    cost: free,
    onnx: 'RandomUniform',
  };
  const ops = { ...OPS, draws };

  test('is not shared, but is dropped where nothing reads it', () => {
    const b = createBuilder('g');
    const [x, y] = [b.add(draws, []), b.add(draws, [])];
    expect(x).not.toBe(y);
    b.add(draws, []);
    b.output('z', b.add(op('sub'), [x, y]));
    expect(b.done().nodes.map((node) => node.op)).toEqual(['draws', 'draws', 'sub']);
  });

  test('is neither folded nor moved out of a loop', () => {
    const text = `graph g(x: %0 f32[2], c: %1 i64[], t: %2 bool[]) {
  %3: f32[2] = loop(%1, -, %0) (%4: i64[], %5: f32[2]) {
    %6: f32[2] = draws()
    %7: f32[2] = add(%5, %6)
    yield %2, %7
  }
  return y: %3
}
`;
    const graph = parseGraph({ path: '<test>', text }, ops).value!;
    for (const pass of [foldConstants, hoistInvariants])
      expect(printGraph(pass.run(graph, { ops, target: 'cpu' }))).toBe(text);
  });
});

describe('a barrier', () => {
  /** tanh(x) is computed twice, each time behind a separate barrier. */
  const twice = () => {
    const b = createBuilder('g');
    const x = b.input('x', type('f32', 'n', 4));
    const copy = (): Value => b.add(op('tanh'), [b.add(barrier, [x])]);
    b.output('y', b.add(op('mul'), [b.add(op('neg'), [copy()]), b.add(op('exp'), [copy()])]));
    return b.done();
  };

  test('prevents computations behind two barriers from being shared', () => {
    const names = twice().nodes.map((node) => node.op);
    expect(names.filter((name) => name === 'tanh')).toHaveLength(2);
    expect(names.filter((name) => name === 'barrier')).toHaveLength(2);
  });

  test.each(Object.keys(PASSES))('is kept by %s', (name) => {
    const graph = twice();
    for (const precision of ['fp32', 'fp16', 'int8'] as const) {
      const after = PASSES[name]!.run(graph, { ops: OPS, target: 'webgpu', precision });
      const count = (wanted: string) => after.nodes.filter((node) => node.op === wanted).length;
      expect([count('barrier'), count('tanh')]).toEqual([2, 2]);
    }
  });

  test('is not folded where its input is a constant', () => {
    const text = `graph g() {
  %0: f32[2] = constant() {value: f32[2](1, 2)}
  %1: f32[2] = barrier(%0)
  %2: f32[2] = neg(%1)
  return y: %2
}
`;
    const after = foldConstants.run(graphOf(text), { ops: OPS, target: 'cpu' });
    expect(printGraph(after)).toBe(text);
  });

  test('keeps both computations in ONNX Runtime if ONNX Runtime does not share equal nodes', async () => {
    const emitted = emit(twice(), { ops: OPS, metadata: {}, version: 'test' });
    const bytes = await encodeSingleFile(emitted, weightSource);
    const folder = mkdtempSync(join(tmpdir(), 'barrier-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const optimizedModelFilePath = join(folder, 'optimized.onnx');
    const optimization = { disable_specified_optimizers: 'CommonSubexpressionElimination' };
    const session = await InferenceSession.create(bytes, {
      optimizedModelFilePath,
      extra: { optimization },
      graphOptimizationLevel: 'extended',
    });
    await session.release();
    const { graph } = decodeModelProto(readFileSync(optimizedModelFilePath));
    expect(graph!.node!.map(({ opType }) => opType).sort()).toEqual(['Exp', 'Mul', 'Neg', 'Tanh', 'Tanh']);
  });

  test('does not change the value, through whole pipelines and in ONNX Runtime', async () => {
    const inputs = { x: tensor('f32', [2, 4], [1, -2, 0.5, 0, 3, 0.25, -1, 2]) };
    const want = interpret(twice(), inputs, weightByName, OPS).y!;
    for (const target of TARGETS) {
      const { value } = runPasses(twice(), PIPELINES.default, { ops: OPS, target }, { verify: true });
      const { y } = await runOnnx(value!.graph, inputs);
      y!.data.forEach((number, i) => void expect(number).toBeCloseTo(want.data[i]!, 5));
    }
  });
});
