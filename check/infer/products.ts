/** Matrix products and attention, including ONNX Runtime's own operators. */
import { counted } from '../rule.ts';
import { DT } from '../sizes.ts';
import {
  type Call,
  fail,
  type InferenceRule,
  type InferenceRules,
  int,
  type Out,
  shapeIn,
  string,
  tensor,
} from './call.ts';
import { fitsOnto } from './demands.ts';
import { broadcast, numbersDiffer, over, plus, type Shape, type Size, shapeText, times } from './types.ts';

/** The shape of the result of numpy's matmul. A vector on the left is a row, and a vector on the right is a column. */
function product(op: string, a: Shape | undefined, b: Shape | undefined): Shape | undefined {
  if (!a || !b) return undefined;
  if (a.length === 0 || b.length === 0)
    fail(`${op} of ${shapeText(a)} and ${shapeText(b)}: matmul does not take scalars`);
  const [left, right] = [a.length === 1 ? [1, ...a] : a, b.length === 1 ? [...b, 1] : b];
  const [inner, other] = [left.at(-1), right.at(-2)];
  if (numbersDiffer(inner, other))
    fail(`${op} of ${shapeText(a)} and ${shapeText(b)}: ${inner} columns do not match ${other} rows`);
  const batch =
    broadcast([left.slice(0, -2), right.slice(0, -2)]) ??
    fail(`${op} of ${shapeText(a)} and ${shapeText(b)}: their batch dims cannot be broadcast`);
  refuseEmptyBatches(op, left, right);
  return [...batch, ...(a.length === 1 ? [] : [left.at(-2)]), ...(b.length === 1 ? [] : [right.at(-1)])];
}

/** ONNX Runtime does not broadcast a batch of no matrices. */
function refuseEmptyBatches(op: string, left: Shape, right: Shape): void {
  if (left.length < 3 || right.length < 3) return;
  for (let i = 3; i <= Math.max(left.length, right.length); i++) {
    const [a, b] = [left, right].map((s) => (i > s.length ? 1 : s.at(-i)));
    if (numbersDiffer(a, b) && (a === 0 || b === 0))
      fail(`${op} of ${shapeText(left)} and ${shapeText(right)}: a batch of 0 matrices cannot be broadcast`);
  }
}

const matmul =
  (left: number, right: number, dtype?: number): InferenceRule =>
  (call) => [{ ...(dtype && { dtype }), shape: product(call.op, shapeIn(call, left), shapeIn(call, right)) }];

const swapped = (s: Shape | undefined): Shape | undefined =>
  s && s.length >= 2 ? [...s.slice(0, -2), s.at(-1), s.at(-2)] : s;

/** ONNX Runtime's matrix product, with attributes that transpose its inputs. */
const fusedMatMul: InferenceRule = (call) => {
  if (int(call, 'transBatchA', 0) || int(call, 'transBatchB', 0)) {
    const [a, b] = [shapeIn(call, 0), shapeIn(call, 1)];
    if (a && b && (a.length < 3 || a.length !== b.length))
      fail(
        `FusedMatMul of ${shapeText(a)} and ${shapeText(b)}: transposed batches need inputs of one rank, at least 3`,
      );
    return [{ shape: shapeIn(call, 0)?.map(() => undefined) }];
  }
  const [a, b] = [shapeIn(call, 0), shapeIn(call, 1)];
  return [
    {
      shape: product(
        call.op,
        int(call, 'transA', 0) ? swapped(a) : a,
        int(call, 'transB', 0) ? swapped(b) : b,
      ),
    },
  ];
};

const gemm: InferenceRule = (call) => {
  const [a, b, c] = [shapeIn(call, 0), shapeIn(call, 1), shapeIn(call, 2)];
  for (const s of [a, b])
    if (s && s.length !== 2) fail(`Gemm needs matrices, but an input is ${shapeText(s)}`);
  const [rows, inner] = int(call, 'transA', 0) ? [a?.[1], a?.[0]] : [a?.[0], a?.[1]];
  const [other, columns] = int(call, 'transB', 0) ? [b?.[1], b?.[0]] : [b?.[0], b?.[1]];
  if (numbersDiffer(inner, other))
    fail(`Gemm of ${shapeText(a)} and ${shapeText(b)}: ${inner} columns do not match ${other} rows`);
  const to = [rows, columns];
  if (c && !fitsOnto(to, c)) fail(`Gemm cannot add ${shapeText(c)} to ${shapeText(to)}`);
  return [{ shape: to }];
};

/** A product with K × N weights, which are quantised in blocks and stored in the shape [N, blocks, bytes]. */
const matMulNBits: InferenceRule = (call) => {
  const [a, b] = [shapeIn(call, 0), shapeIn(call, 1)];
  const [k, n] = [int(call, 'K', 0), int(call, 'N', 0)];
  const inner = a?.at(-1);
  if (numbersDiffer(inner, k)) fail(`MatMulNBits has K=${k}, but its input is ${shapeText(a)}`);
  if (numbersDiffer(b?.[0], n)) fail(`MatMulNBits has N=${n}, but its weights are ${shapeText(b)}`);
  return [{ shape: a && [...a.slice(0, -1), n] }];
};

/** ONNX's `Attention` over [batch, heads, length, size], or, with `q_num_heads`, over [batch, length, heads × size]. */
const attention: InferenceRule = (call) => {
  const [q, k, v] = [shapeIn(call, 0), shapeIn(call, 1), shapeIn(call, 2)];
  if (!q || !k || !v) return [{}, {}, {}, {}];
  if (q.length !== 3 && q.length !== 4)
    fail(`Attention needs inputs with 3 or 4 dims, but its first input is ${shapeText(q)}`);
  if (k.length !== q.length || v.length !== q.length)
    fail(
      `Attention needs inputs of the same rank, but they are ${shapeText(q)}, ${shapeText(k)} and ${shapeText(v)}`,
    );
  const [qHeads, kvHeads] = [int(call, 'q_num_heads', 0), int(call, 'kv_num_heads', 0)];
  if (q.length === 3 && (qHeads < 1 || kvHeads < 1))
    fail('Attention over 3 dims needs q_num_heads and kv_num_heads');
  const heads = (s: Shape, n: number): Shape => (s.length === 4 ? s : [s[0], n, s[1], over(s[2], n)]);
  const [q4, k4, v4] = [heads(q, qHeads), heads(k, kvHeads), heads(v, kvHeads)];
  const [size, other] = [q4[3], k4[3]];
  if (numbersDiffer(size, other))
    fail(`Attention of ${shapeText(q)} and ${shapeText(k)}: heads of ${size} do not match heads of ${other}`);
  const past = shapeIn(call, 4)?.[2];
  const total = call.has(4) ? plus(past, k4[2]) : k4[2];
  const out: Shape = q.length === 4 ? [q4[0], q4[1], q4[2], v4[3]] : [q[0], q[1], times(qHeads, v4[3])];
  return [
    { shape: out },
    { shape: [k4[0], k4[1], total, k4[3]] },
    { shape: [v4[0], v4[1], total, v4[3]] },
    { shape: [q4[0], q4[1], q4[2], total] },
  ];
};

/** ONNX Runtime's attention over [batch, length, heads × size]. Keys may also be [batch, heads, length, size]. */
const multiHeadAttention: InferenceRule = (call) => {
  const [q, k, v] = [shapeIn(call, 0), shapeIn(call, 1), shapeIn(call, 2)];
  const n = int(call, 'num_heads', 0);
  if (!q) return [{}, {}, {}, {}];
  if (n < 1) fail(`MultiHeadAttention needs at least 1 head, but num_heads is ${n}`);
  // Queries, keys and values may be packed into one tensor of 5 dims.
  if (q.length === 5 && !call.has(1)) {
    const present: Shape = [q[0], n, q[1], q[4]];
    return [{ shape: [q[0], q[1], times(n, q[4])] }, { shape: present }, { shape: present }, {}];
  }
  if (q.length !== 3) fail(`MultiHeadAttention needs queries with 3 dims, but they are ${shapeText(q)}`);
  const kv = k?.length === 5 ? k : undefined;
  const width: Size = kv ? times(n, kv[4]) : v?.length === 4 ? times(n, v[3]) : v?.[2];
  const [kLength, vSize, kSize] =
    k?.length === 4 ? [k[2], v?.[3], k[3]] : [k?.[1], over(width, n), over(q[2], n)];
  const past = shapeIn(call, 6)?.[2];
  const total = call.has(6) ? plus(past, kLength) : kLength;
  return [
    { shape: [q[0], q[1], width] },
    { shape: [q[0], n, total, kSize] },
    { shape: [q[0], n, total, vSize] },
    { shape: [q[0], n, q[1], total] },
  ];
};

/** The names of an Einsum term's axes: its letters. The axes of an ellipsis are `.0`, `.1`, … from the last axis on. */
function axesOfTerm(term: string, rank: number, equation: string): readonly string[] {
  const [before = '', after] = term.split('...');
  if (after === undefined) {
    if (term.length !== rank) fail(`Einsum '${equation}' does not fit a tensor with ${counted(rank, 'dim')}`);
    return [...term];
  }
  const free = rank - before.length - after.length;
  if (free < 0) fail(`Einsum '${equation}' does not fit a tensor with ${counted(rank, 'dim')}`);
  return [...before, ...Array.from({ length: free }, (_, i) => `.${free - 1 - i}`), ...after];
}

const einsum: InferenceRule = (call) => {
  const equation = string(call, 'equation', '').replaceAll(' ', '');
  const [left = '', right] = equation.split('->');
  const terms = left.split(',');
  if (terms.length !== call.ins.length)
    fail(
      `Einsum '${equation}' has ${counted(terms.length, 'term')}, but the node has ${counted(call.ins.length, 'input')}`,
    );
  const shapes = terms.map((_, i) => shapeIn(call, i));
  if (shapes.some((s) => s === undefined)) return [{}];
  const sizes = new Map<string, Size>();
  const counts = new Map<string, number>();
  terms.forEach((term, i) => {
    axesOfTerm(term, shapes[i]!.length, equation).forEach((axis, at) => {
      counts.set(axis, (counts.get(axis) ?? 0) + 1);
      const [known, d] = [sizes.get(axis), shapes[i]![at]];
      if (typeof known === 'number' && typeof d === 'number' && known !== d && known !== 1 && d !== 1)
        fail(`Einsum '${equation}': the axis ${axis} has length ${known} and also length ${d}`);
      if (known === undefined || known === 1) sizes.set(axis, d);
    });
  });
  const free = [...counts.keys()].filter((axis) => axis.startsWith('.'));
  const once = [...counts].filter(([axis, n]) => n === 1 && !axis.startsWith('.')).map(([axis]) => axis);
  const out = right ?? `${free.length > 0 ? '...' : ''}${once.sort().join('')}`;
  const ellipsis = out.includes('...') ? free.length : 0;
  const axes = axesOfTerm(out, out.replace('...', '').length + ellipsis, equation);
  const strange = axes.find((axis) => !counts.has(axis));
  if (strange !== undefined) fail(`Einsum '${equation}': no input has the axis ${strange}`);
  return [{ shape: axes.map((axis) => sizes.get(axis)) }];
};

/** The outputs are the normalised sum of input and skip, the mean, the inverse deviation, and the sum itself. */
const skipNorm: InferenceRule = (call) => {
  const x = shapeIn(call, 0);
  const mean: Out = { dtype: DT.float, shape: x && [...x.slice(0, -1), 1] };
  return [{ shape: x }, mean, mean, { shape: x }];
};

const dynamicMatMul: InferenceRule = (call) => [
  { dtype: DT.float, shape: product(call.op, shapeIn(call, 0), shapeIn(call, 1)) },
];

/** The scales determine the type of the result. */
const integerToFloat: InferenceRule = (call) => [
  { dtype: tensor(call, 2)?.dtype ?? DT.float, shape: product(call.op, shapeIn(call, 0), shapeIn(call, 1)) },
];

const rotary: InferenceRule = (call: Call) => [{ shape: shapeIn(call, 0) }];

/** Assembles an image from columns [batch, channels × window, windows]. The size of the image is not inferred. */
const col2Im: InferenceRule = (call) => {
  const rank = shapeIn(call, 1)?.[0];
  const batch = shapeIn(call, 0)?.[0];
  return [
    {
      shape:
        typeof rank === 'number' && rank < 16
          ? [batch, ...Array.from({ length: rank + 1 }, () => undefined)]
          : undefined,
    },
  ];
};

export const PRODUCTS: InferenceRules = {
  MatMul: matmul(0, 1),
  MatMulInteger: matmul(0, 1, DT.int32),
  QLinearMatMul: matmul(0, 3),
  Gemm: gemm,
  Einsum: einsum,
  Attention: attention,
  RotaryEmbedding: rotary,
  Col2Im: col2Im,
  'com.microsoft::RotaryEmbedding': rotary,
  'com.microsoft::FusedMatMul': fusedMatMul,
  'com.microsoft::FusedGemm': gemm,
  'com.microsoft::MatMulNBits': matMulNBits,
  'com.microsoft::MatMulIntegerToFloat': integerToFloat,
  'com.microsoft::DynamicQuantizeMatMul': dynamicMatMul,
  'com.microsoft::MultiHeadAttention': multiHeadAttention,
  'com.microsoft::SkipLayerNormalization': skipNorm,
  'com.microsoft::SkipSimplifiedLayerNormalization': skipNorm,
};
