// The whole encoder-decoder for ONE document, in float64 (SYSTEMS.md 0.4, 1.1, 1.2, 1.8-1.10, 5).
import { checkConfig, type OracleConfig, type OracleEncoderLayer } from './config.ts';
import * as math from './math.ts';
import { EOS, type Matrix, type OracleWeights, PAD } from './math.ts';
import { type Origin, pool, type Slots } from './pooling.ts';
import { SCORE_FLOOR } from './soft_topk.ts';

export type { OracleConfig, OracleEncoderLayer, OraclePool } from './config.ts';
export type { Matrix, OracleTensor, OracleWeights } from './math.ts';
export { denseOrigins, type Origin } from './pooling.ts';

/** Whether query i may see key j. */
type Allow = (i: number, j: number) => boolean;

/**
 * 0.4.2: q = (X·Wq^T + bq)·d_h^(-1/2), the scale after the bias; S = q·k^T; softmax over the allowed
 * keys; A·v; output projection. A query that sees no key gets a zero context (0.5).
 */
function attention(
  config: OracleConfig,
  weights: OracleWeights,
  name: string,
  x: Matrix,
  memory: Matrix,
  allow: Allow,
): Matrix {
  const d = config.width;
  const perHead = d / config.heads;
  const scale = 1 / Math.sqrt(perHead);
  const q = math.linear(weights, `${name}.q_proj`, x, d, d).map((row) => row.map((value) => value * scale));
  const k = math.linear(weights, `${name}.k_proj`, memory, d, d);
  const v = math.linear(weights, `${name}.v_proj`, memory, d, d);
  const context: Matrix = q.map((query, i) => {
    const keys = k.map((_, j) => j).filter((j) => allow(i, j));
    const merged = new Array<number>(d).fill(0);
    for (let head = 0; head < config.heads; head++) {
      const from = head * perHead;
      const to = from + perHead;
      const logits = keys.map((j) => math.dot(query.slice(from, to), k[j]!.slice(from, to)));
      const a = math.softmax(logits);
      for (let c = from; c < to; c++) {
        keys.forEach((j, s) => {
          merged[c]! += a[s]! * v[j]![c]!;
        });
      }
    }
    return merged;
  });
  return math.linear(weights, `${name}.out_proj`, context, d, d);
}

/** 0.4.3: x + f(LN(x)) with pre-norm, LN(x + f(x)) with post-norm. */
function residual(
  config: OracleConfig,
  weights: OracleWeights,
  norm: string,
  x: Matrix,
  f: (input: Matrix) => Matrix,
): Matrix {
  if (config.norm === 'pre') return math.add(x, f(math.layerNorm(weights, norm, x)));
  return math.layerNorm(weights, norm, math.add(x, f(x)));
}

/** 0.4.3: W2·act(W1·u + b1) + b2, in its residual. */
function feedForward(config: OracleConfig, weights: OracleWeights, layer: string, x: Matrix): Matrix {
  const { width, ffn, activation } = config;
  return residual(config, weights, `${layer}.final_layer_norm`, x, (u) => {
    const inner = math.linear(weights, `${layer}.fc1`, u, width, ffn);
    const active = inner.map((row) => row.map((value) => math.activate(activation, value)));
    return math.linear(weights, `${layer}.fc2`, active, ffn, width);
  });
}

/** 0.4.1: sqrt(d)·Emb[id] + position; `real` says which tokens count for positions (5.3). */
function embed(
  config: OracleConfig,
  weights: OracleWeights,
  table: string,
  ids: number[],
  real: boolean[],
  positions: 'sinusoidal' | 'none',
): Matrix {
  const d = config.width;
  const emb = math.weight(weights, table, [config.vocabulary, d]);
  const indexes = math.positionIndexes(real);
  return ids.map((id, t) => {
    if (!Number.isInteger(id) || id < 0 || id >= config.vocabulary) throw new RangeError(`oracle: id ${id}`);
    const position =
      positions === 'sinusoidal' ? math.sinusoid(indexes[t]!, d) : new Array<number>(d).fill(0);
    return position.map((value, j) => Math.sqrt(d) * emb[id * d + j]! + value);
  });
}

/** 1.2: which keys a query sees; block i is slots [i·m, (i+1)·m), so a short last block is just short. */
function encoderAllow(layer: OracleEncoderLayer, mask: boolean[]): Allow {
  if (layer.attention.kind === 'full') return (_, j) => mask[j]!;
  const size = layer.attention.size;
  return (i, j) => Math.floor(i / size) === Math.floor(j / size) && mask[j]!;
}

/** v = sigmoid(e·w + b) + 1e-5 (2.3), scorer i on the output of layer i (5.5). */
function poolingScores(config: OracleConfig, weights: OracleWeights, layer: number, rows: Matrix): number[] {
  const z = math.linear(weights, `encoder.pooler.scorer.${layer}`, rows, config.width, 1);
  return z.map((row) => math.sigmoid(row[0]!) + SCORE_FLOOR);
}

export interface Encoded {
  readonly memory: Matrix;
  readonly mask: boolean[];
  readonly origins: Origin[];
  /** The scores by which each pooling ranked the rows. */
  readonly scores: readonly (readonly number[])[];
}

/** The memory of one document. Rows of masked slots are finite but have no meaning. */
export function encode(config: OracleConfig, weights: OracleWeights, ids: number[], mask: number[]): Encoded {
  checkConfig(config);
  if (ids.length === 0 || ids.length !== mask.length) throw new Error('oracle: ids and mask differ');
  const paper = config.compat === 'paper';
  const tokens = ids.map((id, t) => (mask[t] === 0 ? PAD : id));
  if (paper) {
    const length = config.encoder.layers[0]!.consumes;
    if (tokens.length > length)
      throw new RangeError(`oracle: ${tokens.length} tokens do not fit in ${length}`);
    while (tokens.length < length) tokens.push(PAD);
  }
  // By default the mask decides which tokens are real. In the published code the ids do, for positions only (2.10.5).
  const real = paper ? tokens.map((id) => id !== PAD) : mask.map((value) => value !== 0);
  const valid = paper ? tokens.map(() => true) : real;
  const table = 'encoder.embed_tokens.weight';
  let slots: Slots = {
    rows: embed(config, weights, table, tokens, real, config.encoder.positions),
    mask: valid,
    origins: valid.map((isValid, t) => ({ index: isValid ? [t] : [], weight: isValid ? [1] : [] })),
  };
  const ranked: number[][] = [];
  config.encoder.layers.forEach((layer, i) => {
    const name = `encoder.layers.${i}`;
    const allow = encoderAllow(layer, slots.mask);
    const attended = residual(config, weights, `${name}.self_attn_layer_norm`, slots.rows, (x) =>
      attention(config, weights, `${name}.self_attn`, x, x, allow),
    );
    slots = { ...slots, rows: feedForward(config, weights, name, attended) };
    // 1.9: the pooling follows the complete layer; 2.7: with k = n there is none.
    if (layer.pool !== undefined && layer.emits < layer.consumes) {
      const scores = poolingScores(config, weights, i, slots.rows);
      ranked.push(scores);
      slots = pool(slots, scores, layer.emits, layer.pool, paper);
    }
  });
  // 0.4.3: with pre-norm one more LayerNorm ends the stack (after its last pooling).
  const memory =
    config.norm === 'pre' ? math.layerNorm(weights, 'encoder.layer_norm', slots.rows) : slots.rows;
  return { memory, mask: slots.mask, origins: slots.origins, scores: ranked };
}

/** The logits [t][V] for a memory that is computed already (0.4.4, 0.4.5). */
export function decode(
  config: OracleConfig,
  weights: OracleWeights,
  encoded: Pick<Encoded, 'memory' | 'mask'>,
  decoderIds: number[],
): Matrix {
  const { decoder, width, vocabulary, shareEmbeddings } = config;
  if (decoder === undefined) throw new Error('oracle: this model has no decoder');
  const side = shareEmbeddings ? 'encoder' : 'decoder';
  const real = decoderIds.map((id) => id !== PAD);
  let x = embed(config, weights, `${side}.embed_tokens.weight`, decoderIds, real, decoder.positions);
  for (let i = 0; i < decoder.layers; i++) {
    const name = `decoder.layers.${i}`;
    x = residual(config, weights, `${name}.self_attn_layer_norm`, x, (u) =>
      attention(config, weights, `${name}.self_attn`, u, u, (t, s) => s <= t),
    );
    x = residual(config, weights, `${name}.encoder_attn_layer_norm`, x, (u) =>
      attention(config, weights, `${name}.encoder_attn`, u, encoded.memory, (_, j) => encoded.mask[j]!),
    );
    x = feedForward(config, weights, name, x);
  }
  if (config.norm === 'pre') x = math.layerNorm(weights, 'decoder.layer_norm', x);
  const output = shareEmbeddings ? 'encoder.embed_tokens.weight' : 'decoder.output_projection.weight';
  const w = math.weight(weights, output, [vocabulary, width]);
  return x.map((row) => {
    const logits: number[] = [];
    for (let id = 0; id < vocabulary; id++) {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += row[j]! * w[id * width + j]!;
      logits.push(sum);
    }
    return logits;
  });
}

/** The teacher-forced logits [t][V]. */
export function forward(
  config: OracleConfig,
  weights: OracleWeights,
  ids: number[],
  mask: number[],
  decoderIds: number[],
): Matrix {
  return decode(config, weights, encode(config, weights, ids, mask), decoderIds);
}

export interface GreedyOptions {
  /** The largest and smallest number of generated tokens, without the final eos. */
  readonly max: number;
  readonly min: number;
  readonly lengthPenalty: number;
}

export interface Generated {
  /** The generated tokens without the start, but with the final eos. */
  readonly tokens: number[];
  /** cumulative / tokens.length^lengthPenalty. */
  readonly score: number;
  readonly cumulative: number;
  /** The log-probability of each token. Their sum is `cumulative`. */
  readonly logProbabilities: number[];
}

/** 5.2 with one beam: the best candidate of each step, ties by lower id. */
export function greedy(
  config: OracleConfig,
  weights: OracleWeights,
  ids: number[],
  mask: number[],
  options: GreedyOptions,
): Generated {
  const encoded = encode(config, weights, ids, mask);
  const tokens: number[] = [];
  const logProbabilities: number[] = [];
  for (let step = 0; tokens.at(-1) !== EOS; step++) {
    const logits = decode(config, weights, encoded, [EOS, ...tokens]).at(-1)!;
    const logp = math.logSoftmax(logits).map((value, id) => {
      if (Number.isNaN(value) || id === PAD) return Number.NEGATIVE_INFINITY;
      if (step >= options.max) return id === EOS ? value : Number.NEGATIVE_INFINITY;
      return step < options.min && id === EOS ? Number.NEGATIVE_INFINITY : value;
    });
    let best = step >= options.max ? EOS : 0;
    logp.forEach((value, id) => {
      if (value > logp[best]!) best = id;
    });
    tokens.push(best);
    logProbabilities.push(logp[best]!);
  }
  const cumulative = logProbabilities.reduce((sum, value) => sum + value, 0);
  const score = cumulative / tokens.length ** options.lengthPenalty;
  return { tokens, score, cumulative, logProbabilities };
}
