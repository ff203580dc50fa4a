/**
 * ModelSpec → Graph, one graph for each entry point. An entry is one line in `ENTRIES`: what goes in,
 * what comes out, by the names of DESIGN.md §4 (Hugging Face's where it has one).
 */
import type { Diagnostic, Outcome } from '../../dsl/diagnostics.ts';
import type { ModelSpec } from '../../dsl/spec.ts';
import { type Builder, createBuilder, type Value } from '../ir/build.ts';
import { type Graph, type } from '../ir/graph.ts';
import { cast } from '../ops/cast.ts';
import { dimValue } from '../ops/constants.ts';
import { decodeAll, decodeOne, decoderOf, type KeyValue, projectMemory } from './decoder.ts';
import { type Compat, encode } from './encoder.ts';
import { greedy } from './generate.ts';

export type Entry = 'encode' | 'forward' | 'generate' | 'prefill' | 'step';

export interface LowerOptions {
  readonly entry: Entry;
  readonly compat?: Compat;
}

interface EntryRule {
  readonly doc: string;
  readonly needsDecoder: boolean;
  readonly build: (b: Builder, spec: ModelSpec, compat: Compat) => void;
}

const document = (b: Builder): readonly [Value, Value] => [
  b.input('input_ids', type('i64', 'batch', 'length')),
  b.input('attention_mask', type('i64', 'batch', 'length')),
];

const cacheType = (spec: ModelSpec, length: string) =>
  type('f32', 'batch', spec.heads, length, spec.width / spec.heads);

const outputCache = (b: Builder, side: string, caches: readonly KeyValue[]): void =>
  caches.forEach(({ key, value }, i) => {
    b.output(`present.${i}.${side}.key`, key);
    b.output(`present.${i}.${side}.value`, value);
  });

export const ENTRIES: Readonly<Record<Entry, EntryRule>> = {
  encode: {
    doc: 'document → memory, its mask, and the tokens that each memory slot is made of',
    needsDecoder: false,
    build: (b, spec, compat) => {
      const memory = encode(b, spec, ...document(b), compat);
      b.output('memory', memory.x);
      b.output('memory_mask', b.add(cast, [memory.mask], { to: 'i64' }));
      b.output('origin_index', memory.index);
      b.output('origin_weight', memory.weight);
    },
  },
  forward: {
    doc: 'document and target → teacher-forced logits',
    needsDecoder: true,
    build: (b, spec, compat) => {
      const memory = encode(b, spec, ...document(b), compat);
      const target = b.input('decoder_input_ids', type('i64', 'batch', 'target'));
      b.output('logits', decodeAll(b, spec, target, memory.x, compat === 'paper' ? null : memory.mask));
    },
  },
  generate: {
    doc: 'document → sequences and scores, the whole search inside the graph',
    needsDecoder: true,
    build: (b, spec, compat) => {
      const memory = encode(b, spec, ...document(b), compat);
      const limits = {
        max: b.input('max_length', type('i64')),
        min: b.input('min_length', type('i64')),
        penalty: b.input('length_penalty', type('f32')),
      };
      const mask = compat === 'paper' ? null : memory.mask;
      const { sequences, scores } = greedy(b, spec, memory.x, mask, limits);
      b.output('sequences', sequences);
      b.output('scores', scores);
      b.output('memory_mask', b.add(cast, [memory.mask], { to: 'i64' }));
      b.output('origin_index', memory.index);
      b.output('origin_weight', memory.weight);
    },
  },
  prefill: {
    doc: 'memory → keys and values of every cross-attention, which `step` takes as its cache',
    needsDecoder: true,
    build: (b, spec) => {
      const memory = b.input('memory', type('f32', 'batch', 'slots', spec.width));
      outputCache(b, 'encoder', projectMemory(b, spec, memory));
    },
  },
  step: {
    doc: 'one token and the caches → logits and the grown caches, for callers that search themselves',
    needsDecoder: true,
    build: (b, spec) => {
      const token = b.input('decoder_input_ids', type('i64', 'batch', 1));
      const mask = b.input('encoder_attention_mask', type('i64', 'batch', 'slots'));
      const caches = Array.from({ length: decoderOf(spec).layers }, (_, i) => {
        const pair = (side: string, length: string): KeyValue => ({
          key: b.input(`past_key_values.${i}.${side}.key`, cacheType(spec, length)),
          value: b.input(`past_key_values.${i}.${side}.value`, cacheType(spec, length)),
        });
        return { decoder: pair('decoder', 'past'), encoder: pair('encoder', 'slots') };
      });
      const past = b.add(dimValue, [], { of: 'past' });
      const seen = b.add(cast, [mask], { to: 'bool' });
      const next = decodeOne(b, spec, token, past, caches, seen);
      b.output('logits', next.logits);
      outputCache(
        b,
        'decoder',
        next.caches.map((cache) => cache.decoder),
      );
    },
  },
};

export function lower(spec: ModelSpec, { entry, compat = 'none' }: LowerOptions): Outcome<Graph> {
  const rule = ENTRIES[entry];
  if (rule.needsDecoder && !spec.decoder) {
    const diagnostic: Diagnostic = {
      code: 'D401',
      severity: 'error',
      message: `entry '${entry}' needs a decoder, and ${spec.name} has none`,
      labels: [{ span: spec.span, text: 'an encoder alone' }],
      help: "add a `decoder { … }` block, or compile it with '--entry encode'",
    };
    return { diagnostics: [diagnostic] };
  }
  const b = createBuilder(entry);
  rule.build(b, spec, compat);
  return { value: b.done(), diagnostics: [] };
}
