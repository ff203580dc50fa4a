/** Small models written by hand, which have the structure of DeepPyramidion and tiny lengths. */
import type { EncoderLayerSpec, KindSpec, ModelSpec } from '../../dsl/spec.ts';

const span = { start: 0, end: 0 };
const kind = (name: string, args: KindSpec['args'] = {}): KindSpec => ({ kind: name, args, span });

const layer = (consumes: number, emits: number, attention: KindSpec): EncoderLayerSpec => {
  const span = { start: consumes, end: consumes + emits };
  if (emits === consumes) return { consumes, emits, attention, span };
  const args = { base: 20, order: 'position', pair: 'best_worst' };
  return { consumes, emits, attention, pool: { ...kind('soft_topk', args), scorer: kind('linear') }, span };
};

export interface Shape {
  readonly schedule: readonly number[];
  readonly memory: number;
  readonly block: number;
  readonly width: number;
  readonly heads: number;
  readonly ffn: number;
  readonly vocabulary: number;
  readonly decoderLayers: number;
  readonly norm: 'post' | 'pre';
  readonly shareEmbeddings: boolean;
}

export const SMALL: Shape = {
  schedule: [16, 16, 8, 4],
  memory: 4,
  block: 4,
  width: 8,
  heads: 2,
  ffn: 12,
  vocabulary: 11,
  decoderLayers: 2,
  norm: 'post',
  shareEmbeddings: true,
};

export function pyramid(shape: Partial<Shape> = {}): ModelSpec {
  const s = { ...SMALL, ...shape };
  const attention = kind('block', { size: s.block });
  const layers = s.schedule.map((consumes, i) => layer(consumes, s.schedule[i + 1] ?? s.memory, attention));
  return {
    name: 'Pyramid',
    span: { start: 0, end: 99 },
    vocabulary: s.vocabulary,
    width: s.width,
    heads: s.heads,
    ffn: { ...kind('dense'), width: s.ffn, activation: kind('relu') },
    norm: { ...kind('layer'), place: s.norm },
    dropout: 0,
    encoder: { positions: kind('sinusoidal'), layers, length: s.schedule[0]!, memory: s.memory },
    decoder: {
      positions: kind('none'),
      attention: kind('full'),
      crossAttention: kind('full'),
      layers: s.decoderLayers,
      target: 8,
    },
    head: kind('vocabulary'),
    shareEmbeddings: s.shareEmbeddings,
  };
}
