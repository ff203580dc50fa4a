/**
 * The inputs and outputs of an artifact of each entry. The metadata of a file contain the name of its entry. Before the
 * file runs, its ports are compared with this table. This file imports no values, so that help texts can load it
 * quickly. A test compares the table with the graphs that the compiler makes.
 */
import type { Entry } from '../compiler/model/index.ts';

export interface PortRule {
  /** The name of the port. `*` matches the number of any layer, so that the rule applies to one or more ports. */
  readonly name: string;
  readonly dtype: 'float32' | 'int64' | 'bool';
  readonly rank: number;
  /** True if only some artifacts of the entry have the port. */
  readonly optional?: boolean;
}

export interface EntryPorts {
  readonly inputs: readonly PortRule[];
  readonly outputs: readonly PortRule[];
}

const port = (name: string, dtype: PortRule['dtype'], rank: number): PortRule => ({ name, dtype, rank });

const DOCUMENT = [port('input_ids', 'int64', 2), port('attention_mask', 'int64', 2)];
const ORIGINS = [
  port('memory_mask', 'int64', 2),
  port('origin_index', 'int64', 3),
  port('origin_weight', 'float32', 3),
];
const cache = (when: string, side: string): readonly PortRule[] =>
  ['key', 'value'].map((what) => port(`${when}.*.${side}.${what}`, 'float32', 4));

const LIMITS = [
  port('max_length', 'int64', 0),
  port('min_length', 'int64', 0),
  port('length_penalty', 'float32', 0),
];
const TEXTS = [port('sequences', 'int64', 3), port('scores', 'float32', 2)];
/** The state of a search, without its caches. Only a search with several beams has an ancestry. */
const search = (when: string): readonly PortRule[] => [
  port(`${when}.token`, 'int64', 2),
  port(`${when}.score`, 'float32', 2),
  port(`${when}.missing`, 'int64', 2),
  port(`${when}.finished`, 'int64', 3),
  port(`${when}.finished_score`, 'float32', 2),
  port(`${when}.history`, 'int64', 3),
  { ...port(`${when}.ancestry`, 'bool', 3), optional: true },
];

export const ENTRY_PORTS: Readonly<Record<Entry, EntryPorts>> = {
  encode: { inputs: DOCUMENT, outputs: [port('memory', 'float32', 3), ...ORIGINS] },
  forward: {
    inputs: [...DOCUMENT, port('decoder_input_ids', 'int64', 2)],
    outputs: [port('logits', 'float32', 3)],
  },
  generate: { inputs: [...DOCUMENT, ...LIMITS], outputs: [...TEXTS, ...ORIGINS] },
  begin: {
    inputs: DOCUMENT,
    outputs: [
      ...search('present_search'),
      ...cache('present', 'decoder'),
      ...cache('present', 'encoder'),
      ...ORIGINS,
    ],
  },
  advance: {
    inputs: [
      ...search('past_search'),
      ...cache('past_key_values', 'decoder'),
      ...cache('past_key_values', 'encoder'),
      port('encoder_attention_mask', 'int64', 2),
      ...LIMITS,
      port('rounds', 'int64', 0),
    ],
    outputs: [...TEXTS, ...search('present_search'), ...cache('present', 'decoder')],
  },
  prefill: { inputs: [port('memory', 'float32', 3)], outputs: cache('present', 'encoder') },
  step: {
    inputs: [
      port('decoder_input_ids', 'int64', 2),
      port('encoder_attention_mask', 'int64', 2),
      ...cache('past_key_values', 'decoder'),
      ...cache('past_key_values', 'encoder'),
    ],
    outputs: [port('logits', 'float32', 3), ...cache('present', 'decoder')],
  },
};

export const ENTRY_NAMES = Object.keys(ENTRY_PORTS) as readonly Entry[];

/** The entries that search for a text, and so have options for beams, n-best texts and n-grams. */
export const SEARCHING: readonly Entry[] = ['generate', 'begin', 'advance'];

interface Declared {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly unknown[];
}

/** Describes the first port that does not match the rules. Returns undefined if all of them match. */
export function misfitOf(rules: readonly PortRule[], declared: readonly Declared[]): string | undefined {
  const general = (name: string): string => name.replace(/\.\d+\./, '.*.');
  for (const { name, dtype, rank, optional } of rules) {
    const found = declared.filter((one) => one.name === name || general(one.name) === name);
    if (found.length === 0 && !optional) return `'${name}' is missing`;
    const wrong = found.find((one) => one.dtype !== dtype || one.shape.length !== rank);
    if (wrong)
      return `'${wrong.name}' is ${wrong.dtype} with ${wrong.shape.length} axes, but must be ${dtype} with ${rank}`;
  }
  const names = new Set(rules.map(({ name }) => name));
  const extra = declared.find((one) => !names.has(one.name) && !names.has(general(one.name)));
  return extra && `'${extra.name}' is not a port of this entry`;
}
