/**
 * Lowers a ModelSpec to one graph for each entry. An entry of `ENTRIES` defines the inputs and outputs of its graph.
 * They have the names of Hugging Face where Hugging Face has one.
 */
import type { Diagnostic, Outcome } from '../../dsl/diagnostics.ts';
import type { ModelSpec } from '../../dsl/spec.ts';
import { type Builder, createBuilder, type Value } from '../ir/build.ts';
import { type Graph, type } from '../ir/graph.ts';
import { onceFor } from '../ir/memo.ts';
import { require } from '../ir/op.ts';
import { openMask } from '../ops/attention.ts';
import { cast } from '../ops/cast.ts';
import { dimAsValue } from '../ops/constants.ts';
import { unsqueeze } from '../ops/layout.ts';
import { decodeAll, decodeOne, decoderOf, type KeyValue, projectMemory } from './decoder.ts';
import { type Encoded, encode } from './encoder.ts';
import { advance } from './generate.ts';
import { FAIRSEQ_SPECIAL, GREEDY, type Lowering, type LowerSettings } from './lowering.ts';
import { bestTexts } from './search/results.ts';
import { type Beams, beamsOf, firstBeams, stateTypes, valuesOf } from './search/state.ts';

export type Entry = 'encode' | 'forward' | 'generate' | 'begin' | 'advance' | 'prefill' | 'step';

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

const inputCache = (b: Builder, spec: ModelSpec, layer: number, side: string, length: string): KeyValue => ({
  key: b.input(`past_key_values.${layer}.${side}.key`, cacheType(spec, length)),
  value: b.input(`past_key_values.${layer}.${side}.value`, cacheType(spec, length)),
});

/** The names of a search's state. Its caches have the same names as the caches of `step`. */
const stateName = (when: 'past' | 'present', name: string): string =>
  name.includes('.') ? `${when}${when === 'past' ? '_key_values' : ''}.${name}` : `${when}_search.${name}`;

function outputState(l: Lowering, beams: Beams): void {
  const names = stateTypes(l, 'batch', 'past');
  valuesOf(beams).forEach((value, i) => void l.b.output(stateName('present', names[i]![0]), value));
}

const inputState = (l: Lowering): Beams =>
  beamsOf(
    l,
    stateTypes(l, 'batch', 'past').map(([name, t]) => l.b.input(stateName('past', name), t)),
  );

const limitsIn = (b: Builder) => ({
  max: b.input('max_length', type('i64')),
  min: b.input('min_length', type('i64')),
  penalty: b.input('length_penalty', type('f32')),
});

function outputTexts(l: Lowering, beams: Beams, penalty: Value): void {
  const { sequences, scores } = bestTexts(l, beams, penalty);
  l.b.output('sequences', sequences);
  l.b.output('scores', scores);
}

/** Outputs the mask of the memory, and the tokens from which each slot is computed. */
function outputOrigins(b: Builder, memory: Encoded): void {
  b.output('memory_mask', b.add(cast, [memory.mask], { to: 'i64' }));
  b.output('origin_index', memory.index);
  b.output('origin_weight', memory.weight);
}

export const ENTRIES: Readonly<Record<Entry, EntryRule>> = {
  encode: {
    doc: 'document → memory, its mask, and the tokens from which each memory slot is computed',
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
    doc: 'document → sequences and scores; the whole search is inside the graph',
    needsDecoder: true,
    build: (l) => {
      const { b } = l;
      const memory = encode(l, ...document(b));
      const limits = limitsIn(b);
      const read = { memory: projectMemory(l, memory.x), mask: memory.seen };
      outputTexts(l, advance(l, firstBeams(l, read.memory), read, limits), limits.penalty);
      outputOrigins(b, memory);
    },
  },
  begin: {
    doc: 'document → the state of a search before its first step, which `advance` continues',
    needsDecoder: true,
    build: (l) => {
      const { b } = l;
      const memory = encode(l, ...document(b));
      const projected = projectMemory(l, memory.x);
      outputState(l, firstBeams(l, projected));
      outputCache(b, 'encoder', projected);
      outputOrigins(b, memory);
    },
  },
  advance: {
    doc: 'the state of a search → its state some steps later, and the texts found so far',
    needsDecoder: true,
    build: (l) => {
      const { b, spec, compat } = l;
      const start = inputState(l);
      const mask = b.input('encoder_attention_mask', type('i64', 'batch', 'slots'));
      const layers = Array.from({ length: decoderOf(spec).layers }, (_, i) => i);
      const memory = layers.map((i) => inputCache(b, spec, i, 'encoder', 'slots'));
      const limits = limitsIn(b);
      const steps = b.input('rounds', type('i64'));
      // As in `generate`, nothing is masked if the model reproduces the published code.
      const seen = compat === 'paper' ? null : b.add(cast, [mask], { to: 'bool' });
      const resumed = { past: dimAsValue(b, 'past'), steps };
      const beams = advance(l, start, { memory, mask: seen }, limits, resumed);
      outputTexts(l, beams, limits.penalty);
      outputState(l, beams);
    },
  },
  prefill: {
    doc: 'memory → keys and values of every cross-attention, which `step` takes as a cache',
    needsDecoder: true,
    build: (l) => {
      const { b, spec } = l;
      const memory = b.input('memory', type('f32', 'batch', 'slots', spec.width));
      outputCache(b, 'encoder', projectMemory(l, memory));
    },
  },
  step: {
    doc: 'one token and the caches → logits and the extended caches, for callers that implement their own search',
    needsDecoder: true,
    build: (l) => {
      const { b, spec } = l;
      const token = b.input('decoder_input_ids', type('i64', 'batch', 1));
      const mask = b.input('encoder_attention_mask', type('i64', 'batch', 'slots'));
      const caches = Array.from({ length: decoderOf(spec).layers }, (_, i) => ({
        decoder: inputCache(b, spec, i, 'decoder', 'past'),
        encoder: inputCache(b, spec, i, 'encoder', 'slots'),
      }));
      const past = dimAsValue(b, 'past');
      const seen = b.add(unsqueeze, [openMask(b, b.add(cast, [mask], { to: 'bool' }))], { axis: 1 });
      const next = decodeOne(l, token, past, caches, { own: null, memory: seen });
      b.output('logits', b.add(unsqueeze, [next.logits], { axis: 1 }));
      outputCache(
        b,
        'decoder',
        next.caches.map((cache) => cache.decoder),
      );
    },
  },
};

/** Lowers a model. Its only diagnostic is D401: the entry needs a decoder, but the model has none. */
export function lower(
  spec: ModelSpec,
  { entry, compat = 'none', ids = FAIRSEQ_SPECIAL, weights = 'initializers', ...options }: LowerOptions,
): Outcome<Graph> {
  const rule = ENTRIES[entry];
  if (rule.needsDecoder && !spec.decoder) {
    const diagnostic: Diagnostic = {
      code: 'D401',
      severity: 'error',
      message: `entry '${entry}' needs a decoder, but ${spec.name} has none`,
      labels: [{ span: spec.span, text: 'this model has only an encoder' }],
      help: "add a `decoder { … }` block, or compile it with '--entry encode'",
    };
    return { diagnostics: [diagnostic] };
  }
  const b = createBuilder(entry, { weights });
  rule.build({ b, spec, compat, ids, search: { ...GREEDY, ...options } });
  return { value: b.done(), diagnostics: [] };
}

/** The graph of an entry with default settings. Reports and budgets count the costs of this graph. */
export const lowered = onceFor((spec: ModelSpec, entry: Entry): Graph => {
  const { value } = lower(spec, { entry });
  require(value !== undefined, () => `${spec.name} cannot be lowered`);
  return value;
});

/** The entry that `benben run` and `benben compile` use by default: from document to text, or to memory. */
export const defaultEntryOf = ({ decoder }: Pick<ModelSpec, 'decoder'>): 'generate' | 'encode' =>
  decoder ? 'generate' : 'encode';

/**
 * The entry that runs the whole model once and uses every weight once. A decoder that reads all tokens at once performs as
 * many multiplications as a decoder that writes them one by one, but it needs more memory. Therefore figures of memory are
 * for `defaultEntryOf`.
 */
export const wholeOf = ({ decoder }: ModelSpec): 'forward' | 'encode' => (decoder ? 'forward' : 'encode');

export { type Compat, FAIRSEQ_SPECIAL, GREEDY, type SearchSettings, type SpecialIds } from './lowering.ts';
