/**
 * ModelSpec → Graph, one graph for each entry point. An entry is one line in `ENTRIES`: what goes in,
 * what comes out, by the names of DESIGN.md §4 (Hugging Face's where it has one).
 */
import type { Diagnostic, Outcome } from '../../dsl/diagnostics.ts';
import type { ModelSpec } from '../../dsl/spec.ts';
import { type Builder, createBuilder, type Value } from '../ir/build.ts';
import { type Graph, type } from '../ir/graph.ts';
import { openMask } from '../ops/attention.ts';
import { cast } from '../ops/cast.ts';
import { dimValue } from '../ops/constants.ts';
import { decodeAll, decodeOne, decoderOf, type KeyValue, projectMemory } from './decoder.ts';
import { type Encoded, encode } from './encoder.ts';
import { greedy } from './generate.ts';
import { FAIRSEQ_SPECIAL, type Lowering, type LowerSettings } from './lowering.ts';

export type Entry = 'encode' | 'forward' | 'generate' | 'prefill' | 'step';

export interface LowerOptions extends LowerSettings {
  readonly entry: Entry;
}

interface EntryRule {
  readonly doc: string;
  readonly needsDecoder: boolean;
  readonly build: (l: Lowering) => void;
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

/** Which slots hold something, and the tokens that each is made of. */
function outputOrigins(b: Builder, memory: Encoded): void {
  b.output('memory_mask', b.add(cast, [memory.mask], { to: 'i64' }));
  b.output('origin_index', memory.index);
  b.output('origin_weight', memory.weight);
}

export const ENTRIES: Readonly<Record<Entry, EntryRule>> = {
  encode: {
    doc: 'document → memory, its mask, and the tokens that each memory slot is made of',
    needsDecoder: false,
    build: (l) => {
      const { b } = l;
      const memory = encode(l, ...document(b));
      b.output('memory', memory.x);
      outputOrigins(b, memory);
    },
  },
  forward: {
    doc: 'document and target → teacher-forced logits',
    needsDecoder: true,
    build: (l) => {
      const { b } = l;
      const memory = encode(l, ...document(b));
      const target = b.input('decoder_input_ids', type('i64', 'batch', 'target'));
      b.output('logits', decodeAll(l, target, memory.x, memory.seen));
    },
  },
  generate: {
    doc: 'document → sequences and scores, the whole search inside the graph',
    needsDecoder: true,
    build: (l) => {
      const { b } = l;
      const memory = encode(l, ...document(b));
      const limits = {
        max: b.input('max_length', type('i64')),
        min: b.input('min_length', type('i64')),
        penalty: b.input('length_penalty', type('f32')),
      };
      const { sequences, scores } = greedy(l, memory.x, memory.seen, limits);
      b.output('sequences', sequences);
      b.output('scores', scores);
      outputOrigins(b, memory);
    },
  },
  prefill: {
    doc: 'memory → keys and values of every cross-attention, which `step` takes as its cache',
    needsDecoder: true,
    build: (l) => {
      const { b, spec } = l;
      const memory = b.input('memory', type('f32', 'batch', 'slots', spec.width));
      outputCache(b, 'encoder', projectMemory(l, memory));
    },
  },
  step: {
    doc: 'one token and the caches → logits and the grown caches, for callers that search themselves',
    needsDecoder: true,
    build: (l) => {
      const { b, spec } = l;
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
      const seen = openMask(b, b.add(cast, [mask], { to: 'bool' }));
      const next = decodeOne(l, token, past, caches, seen);
      b.output('logits', next.logits);
      outputCache(
        b,
        'decoder',
        next.caches.map((cache) => cache.decoder),
      );
    },
  },
};

export function lower(
  spec: ModelSpec,
  { entry, compat = 'none', ids = FAIRSEQ_SPECIAL }: LowerOptions,
): Outcome<Graph> {
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
  rule.build({ b, spec, compat, ids });
  return { value: b.done(), diagnostics: [] };
}

export { type Compat, FAIRSEQ_SPECIAL, type SpecialIds } from './lowering.ts';
