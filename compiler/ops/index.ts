/** Every op by name. A new op is one file, and its entry here. */
import type { Op } from '../ir/op.ts';
import { attention } from './attention.ts';
import { barrier } from './barrier.ts';
import { BINARY } from './binary.ts';
import { blockAttention } from './block_attention.ts';
import { cachedAttention } from './cached_attention.ts';
import { cast } from './cast.ts';
import { attribute, constant, dimValue, iota, sinusoidTable } from './constants.ts';
import { gather, gatherElements, gatherRows } from './gather.ts';
import { hardTopk } from './hard_topk.ts';
import { layerNorm } from './layer_norm.ts';
import { expand, reshape, reverse, squeeze, transpose, unsqueeze } from './layout.ts';
import { linear } from './linear.ts';
import { linearBlockwise } from './linear_blockwise.ts';
import { linearDynamic } from './linear_dynamic.ts';
import { loop } from './loop.ts';
import { matmul } from './matmul.ts';
import { matmulInteger } from './matmul_integer.ts';
import { nonzero } from './nonzero.ts';
import { concat, pad, slice } from './pieces.ts';
import { quantizeBlocks } from './quantize_blocks.ts';
import { quantizeChannels } from './quantize_channels.ts';
import { quantizeDynamic } from './quantize_dynamic.ts';
import { argmax, cumsum, REDUCE, topK } from './reduce.ts';
import { RESIDUAL_NORMS } from './residual_norm.ts';
import { scatterAdd } from './scatter_add.ts';
import { scatterRows } from './scatter_rows.ts';
import { softTopk } from './soft_topk.ts';
import { logSoftmax, softmax } from './softmax.ts';
import { UNARY } from './unary.ts';
import { weightedRows } from './weighted_rows.ts';
import { where } from './where.ts';

const LIST: readonly Op[] = [
  ...Object.values(UNARY),
  ...Object.values(BINARY),
  ...Object.values(REDUCE),
  constant,
  attribute,
  dimValue,
  iota,
  sinusoidTable,
  cast,
  where,
  argmax,
  topK,
  cumsum,
  barrier,
  reshape,
  transpose,
  unsqueeze,
  squeeze,
  reverse,
  expand,
  concat,
  slice,
  pad,
  gather,
  gatherElements,
  gatherRows,
  nonzero,
  scatterAdd,
  scatterRows,
  matmul,
  linear,
  softmax,
  logSoftmax,
  layerNorm,
  loop,
  ...Object.values(RESIDUAL_NORMS),
  attention,
  cachedAttention,
  blockAttention,
  weightedRows,
  softTopk,
  hardTopk,
  quantizeChannels,
  quantizeBlocks,
  quantizeDynamic,
  matmulInteger,
  linearDynamic,
  linearBlockwise,
];

export const OPS: Readonly<Record<string, Op>> = Object.fromEntries(LIST.map((op) => [op.name, op]));
