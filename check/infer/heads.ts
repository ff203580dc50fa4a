/** What attentions and rotations demand of their inputs: heads that divide the width, and lengths that agree. */
import { type Call, fail, int, shapeIn } from './call.ts';
import { sameType } from './demands.ts';
import { between, operands, together } from './operands.ts';
import { numbersDiffer, plus, type Shape, type Size, shapeText, times } from './types.ts';

/** The width of one head. Fails if the heads do not divide the width. */
function perHead(call: Call, what: string, width: Size, heads: number): Size {
  if (typeof width !== 'number' || heads < 1) return undefined;
  if (width % heads !== 0)
    fail(`${call.op}: ${what} have the width ${width}, which ${heads} heads do not divide`);
  return width / heads;
}

/**
 * A mask must have these lengths along each of its axes. The first `wide` of the four may be 1 instead. Masks with fewer
 * dims lack the first axes.
 */
function fitsMask(call: Call, input: number, wanted: Shape, ranks: readonly number[], wide: number): void {
  const mask = shapeIn(call, input);
  if (!mask) return;
  const fits =
    ranks.includes(mask.length) &&
    mask.every((d, i) => {
      const at = wanted.length - mask.length + i;
      return (d === 1 && at < wide) || !numbersDiffer(d, wanted[at]);
    });
  if (!fits)
    fail(
      `${call.op}: input ${input} is ${shapeText(mask)}, which does not fit the scores ${shapeText(wanted)}`,
    );
}

const inFour = operands(
  '[batch,heads,n,size] [batch,groups,m,size] [batch,groups,m,out] * [batch,groups,past,size] [batch,groups,past,out]',
);

const inThree = operands(
  '[batch,n,_] [batch,m,_] [batch,m,_] * [batch,groups,past,size] [batch,groups,past,out]',
  (call) => ({
    groups: int(call, 'kv_num_heads', 0),
    size: perHead(call, 'keys', shapeIn(call, 1)?.[2], int(call, 'kv_num_heads', 0)),
    out: perHead(call, 'values', shapeIn(call, 2)?.[2], int(call, 'kv_num_heads', 0)),
  }),
);

function notEmpty(call: Call): void {
  const [q, v] = [shapeIn(call, 0), shapeIn(call, 2)];
  if (q?.slice(1).includes(0) || v?.slice(1).includes(0))
    fail(
      `${call.op} needs queries and values that are not empty, but they are ${shapeText(q)} and ${shapeText(v)}`,
    );
  const scale = call.attribute('scale')?.f;
  if (scale !== undefined && !(scale > 0)) fail(`${call.op}: scale is ${scale}, but must be larger than 0`);
  if (call.has(4) && call.outputs < 3)
    fail(`${call.op} has past keys and values, so it needs the outputs of present ones`);
}

function attention(call: Call): void {
  const [q, k, past] = [shapeIn(call, 0), shapeIn(call, 1), shapeIn(call, 4)];
  if (!q) return;
  const three = q.length === 3;
  (three ? inThree : inFour)(call);
  const heads = three ? int(call, 'q_num_heads', 0) : q[1];
  const groups = three ? int(call, 'kv_num_heads', 0) : k?.[1];
  if (three) perHead(call, 'queries', q[2], int(call, 'q_num_heads', 0));
  if (typeof heads === 'number' && typeof groups === 'number' && (groups < 1 || heads % groups !== 0))
    fail(`${call.op} has ${heads} heads of queries, which ${groups} heads of keys do not divide`);
  for (const [name, x] of three
    ? []
    : ([
        ['q_num_heads', q],
        ['kv_num_heads', k],
      ] as const)) {
    const named = int(call, name, 0);
    if (named > 0 && numbersDiffer(named, x?.[1]))
      fail(`${call.op} has ${name}=${named}, but an input ${shapeText(x)}`);
  }
  const keys = k?.at(-2);
  const total = call.has(4) ? plus(past?.[2], keys) : keys;
  // From version 24 on, a mask may be shorter than the keys, and have other ranks.
  if (call.version < 24) fitsMask(call, 3, [q[0], heads, three ? q[1] : q[2], total], [2, 3, 4], 2);
}

/** Half of the numbers of a head that are turned: the width of the tables of cosines and sines. */
function turnedHalf(call: Call): Size {
  const x = shapeIn(call, 0);
  const heads = int(call, 'num_heads', 0);
  const turned = int(call, 'rotary_embedding_dim', 0);
  const size = x?.length === 4 ? x[3] : heads > 0 ? perHead(call, 'inputs', x?.[2], heads) : undefined;
  const whole = turned > 0 ? turned : size;
  return typeof whole === 'number' ? Math.floor(whole / 2) : undefined;
}

/** ONNX's rotation: x, cosines, sines, positions. */
function rotary(call: Call): void {
  const x = shapeIn(call, 0);
  if (!x) return;
  if (x.length !== 3 && x.length !== 4)
    fail(`${call.op} needs an input with 3 or 4 dims, but it is ${shapeText(x)}`);
  if (x.length === 3 && int(call, 'num_heads', 0) < 1)
    fail(`${call.op} of an input with 3 dims needs num_heads`);
  const tables = call.has(3) ? '[most,half] [most,half] [batch,n]' : '[batch,n,half] [batch,n,half]';
  const shape = x.length === 3 ? '[batch,n,_]' : '[batch,_,n,_]';
  operands(`${shape} ${tables}`, (one) => ({ half: turnedHalf(one) }))(call);
}

/** ONNX Runtime's rotation: x, positions, cosines, sines. The tables may also be as wide as half a head. */
function rotaryOfRuntime(call: Call): void {
  const x = shapeIn(call, 0);
  const [cos, sin] = [shapeIn(call, 2), shapeIn(call, 3)];
  if (!x) return;
  const shape = x.length === 4 ? '[batch,_,n,_]' : '[batch,n,_]';
  const heads = int(call, 'num_heads', 0);
  const size = x.length === 4 ? x[3] : heads > 0 ? perHead(call, 'inputs', x[2], heads) : undefined;
  const whole = typeof size === 'number' && !numbersDiffer(cos?.at(-1), Math.floor(size / 2));
  const half = whole ? cos?.at(-1) : turnedHalf(call);
  operands(`${shape} one|[batch,n] [most,half] [most,half]`, () => ({ half }))(call);
  if (cos && sin && x.includes(0)) fail(`${call.op} of ${shapeText(x)}: the input has no elements`);
}

const MULTI = {
  /** Keys and values as [batch, length, heads × size]. */
  three: '[batch,n,width] [batch,m,width] [batch,m,out] [bias] * *',
  /** Keys and values as [batch, heads, length, size]. */
  four: '[batch,n,width] [batch,heads,m,size] [batch,heads,m,size] [bias] * *',
  /** Keys and values in one tensor. */
  packed: '[batch,n,width] [batch,m,heads,2,size]',
};

const multiLengths = (call: Call): Readonly<Record<string, Size>> => {
  const [q, v] = [shapeIn(call, 0), shapeIn(call, 2)];
  const heads = int(call, 'num_heads', 0);
  const size = perHead(call, 'queries', q?.[2], heads);
  const values = v?.length === 3 ? v[2] : times(heads, v?.[3]);
  const bias = plus(plus(q?.[2], q?.[2]), values);
  if (v?.length === 3) perHead(call, 'values', v[2], heads);
  return { heads, size, bias };
};

function multiHead(call: Call): void {
  const [q, k, v] = [shapeIn(call, 0), shapeIn(call, 1), shapeIn(call, 2)];
  if (q?.length !== 3) return;
  if (!call.has(1)) {
    fail(`${call.op} has queries with 3 dims, so it needs keys`);
  }
  if (v?.at(-1) === 0) fail(`${call.op} has values without elements: ${shapeText(v)}`);
  if (!k) return;
  if (call.has(2) && v && (v.length !== k.length || (k.length !== 3 && k.length !== 4)))
    fail(
      `${call.op} needs keys and values with 3 dims or with 4 dims, but they are ${shapeText(k)} and ${shapeText(v)}`,
    );
  if (!call.has(2) && k.length !== 5)
    fail(`${call.op} has no values, so its keys need 5 dims, but they are ${shapeText(k)}`);
  operands(k.length === 3 ? MULTI.three : k.length === 4 ? MULTI.four : MULTI.packed, multiLengths)(call);
  const { heads, size } = multiLengths(call);
  const past = '[batch,heads,past,size] [batch,heads,past,size]';
  operands(`[batch,_,_] * * * * * ${past}`, () => ({ heads, size }))(call);
  const keys = k.length === 4 ? k[2] : k[1];
  const total = call.has(6) ? plus(shapeIn(call, 6)?.[2], keys) : keys;
  fitsMask(call, 5, [q[0], heads, q[1], total], [4], 2);
}

export const HEADS: Readonly<Record<string, readonly ((call: Call) => void)[]>> = {
  Attention: [together(4, 5), sameType(0, 1, 2), notEmpty, attention],
  RotaryEmbedding: [between('rotary_embedding_dim', 0), between('num_heads', 0), rotary],
  'com.microsoft::RotaryEmbedding': [
    between('rotary_embedding_dim', 0),
    between('num_heads', 0),
    rotaryOfRuntime,
  ],
  'com.microsoft::MultiHeadAttention': [together(6, 7), multiHead],
};
