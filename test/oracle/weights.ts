// Random weights with the names and shapes of SYSTEMS.md 5.5, for tests.
import type { OracleConfig } from './config.ts';
import type { OracleTensor } from './math.ts';

/** Uniform numbers in [0, 1) from a 32-bit seed (mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Standard normal numbers by Box and Muller. */
export function normal(seed: number): () => number {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/**
 * All weights of a model, as float32 values, so that a float32 implementation sees the same numbers.
 * Biases, gains and the pad's embedding row are not trivial, so that a test fails if one is left out.
 * Scorers exist for every encoder layer as soon as one layer pools (5.5).
 */
export function randomWeights(config: OracleConfig, seed: number): Map<string, OracleTensor> {
  const next = normal(seed);
  const { width: d, ffn, vocabulary } = config;
  const weights = new Map<string, OracleTensor>();
  const put = (name: string, shape: number[], value: () => number) => {
    const size = shape.reduce((product, side) => product * side, 1);
    weights.set(name, { shape, data: Float32Array.from({ length: size }, value) });
  };
  const linear = (name: string, inputs: number, outputs: number, gain = 1) => {
    put(`${name}.weight`, [outputs, inputs], () => (gain * next()) / Math.sqrt(inputs));
    put(`${name}.bias`, [outputs], () => 0.1 * next());
  };
  const norm = (name: string) => {
    put(`${name}.weight`, [d], () => 1 + 0.1 * next());
    put(`${name}.bias`, [d], () => 0.1 * next());
  };
  const attention = (name: string) => {
    // Wide queries and keys, so that attention is not nearly uniform.
    linear(`${name}.q_proj`, d, d, 1.5);
    linear(`${name}.k_proj`, d, d, 1.5);
    linear(`${name}.v_proj`, d, d, 1.5);
    linear(`${name}.out_proj`, d, d, 1.5);
    norm(`${name}_layer_norm`);
  };
  const feedForward = (name: string) => {
    linear(`${name}.fc1`, d, ffn, 1.5);
    linear(`${name}.fc2`, ffn, d, 1.5);
    norm(`${name}.final_layer_norm`);
  };
  const embedding = (name: string) => put(name, [vocabulary, d], () => next() / Math.sqrt(d));

  embedding('encoder.embed_tokens.weight');
  const pools = config.encoder.layers.some((layer) => layer.pool !== undefined);
  config.encoder.layers.forEach((_, i) => {
    attention(`encoder.layers.${i}.self_attn`);
    feedForward(`encoder.layers.${i}`);
    // A row has norm about sqrt(d), so the logit spreads by about 2.
    if (pools) linear(`encoder.pooler.scorer.${i}`, d, 1, 2);
  });
  if (config.norm === 'pre') norm('encoder.layer_norm');
  if (config.decoder === undefined) return weights;
  if (!config.shareEmbeddings) {
    embedding('decoder.embed_tokens.weight');
    embedding('decoder.output_projection.weight');
  }
  for (let i = 0; i < config.decoder.layers; i++) {
    attention(`decoder.layers.${i}.self_attn`);
    attention(`decoder.layers.${i}.encoder_attn`);
    feedForward(`decoder.layers.${i}`);
  }
  if (config.norm === 'pre') norm('decoder.layer_norm');
  return weights;
}
