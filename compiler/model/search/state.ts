/**
 * The state of a search between two steps, as tensors. A step reads and writes it, a loop carries it, and `begin` and
 * `advance` pass it to the next `advance`.
 *
 * There are B documents with W beams each, and `past` tokens have been written. The tokens of a beam are a row of
 * `history`. Keys and values are not moved when beams are reordered. Instead, the caches keep a row for each beam of
 * each step, sorted by step, and `ancestry` marks the rows that belong to the text of a beam.
 */
import type { Value } from '../../ir/build.ts';
import { type Dim, add as plus, mul as times } from '../../ir/dim.ts';
import { type TensorType, type } from '../../ir/graph.ts';
import { literal, scalar } from '../../ops/constants.ts';
import { expand, reshape } from '../../ops/layout.ts';
import { concat, slice } from '../../ops/pieces.ts';
import { decoderOf, type KeyValue } from '../decoder.ts';
import type { Lowering } from '../lowering.ts';

export interface Beams {
  /** i64 [B, W]: the last token of each beam, which the decoder reads next. It is eos at first. */
  readonly token: Value;
  /** f32 [B, W]: the sum of a beam's log-probabilities, best first; -inf for a beam that cannot continue. */
  readonly score: Value;
  /** i64 [B, 1]: the number of texts that a document still lacks. Its search ends at 0. */
  readonly missing: Value;
  /** i64 [B, W, past]: the finished texts in the order in which they ended. Padding follows their eos. */
  readonly finished: Value;
  /** f32 [B, W]: the sum of log-probabilities of each finished text; -inf where there is no text yet. */
  readonly finishedScore: Value;
  /** i64 [B, W, lead + past]: `lead` additional tokens (`leadOf`), then the tokens of each beam. */
  readonly history: Value;
  /**
   * bool [B, W, W·past]: the rows of the caches that belong to a beam's text. Absent with one beam, because all rows
   * belong to it.
   */
  readonly ancestry?: Value;
  /** The keys and values of each layer, [B, H, W·past, d_h]. */
  readonly caches: readonly KeyValue[];
}

/**
 * The tokens that `history` has before the tokens of a beam. N-gram blocking counts the eos that starts the decoder as
 * a token of the text. The padding before it makes the history long enough for n-grams in the first steps.
 */
export const leadOf = (n: number): readonly ('pad' | 'eos')[] =>
  n === 0 ? [] : [...new Array<'pad'>(n - 1).fill('pad'), 'eos'];

const FIELDS = ['token', 'score', 'missing', 'finished', 'finishedScore', 'history'] as const;

/** The names of the fields in an artifact, without the prefix that distinguishes inputs from outputs. */
const NAMES: Readonly<Record<(typeof FIELDS)[number] | 'ancestry', string>> = {
  token: 'token',
  score: 'score',
  missing: 'missing',
  finished: 'finished',
  finishedScore: 'finished_score',
  history: 'history',
  ancestry: 'ancestry',
};

/** The names and types of a state after `past` tokens, in the order of `valuesOf`. */
export function stateTypes(
  { spec, search: { beam, noRepeatNgram } }: Lowering,
  batch: Dim,
  past: Dim,
): readonly (readonly [name: string, type: TensorType])[] {
  const ofField: Readonly<Record<(typeof FIELDS)[number], TensorType>> = {
    token: type('i64', batch, beam),
    score: type('f32', batch, beam),
    missing: type('i64', batch, 1),
    finished: type('i64', batch, beam, past),
    finishedScore: type('f32', batch, beam),
    history: type('i64', batch, beam, plus(past, noRepeatNgram)),
  };
  const rows = times(beam, past);
  const cache = type('f32', batch, spec.heads, rows, spec.width / spec.heads);
  return [
    ...FIELDS.map((field) => [NAMES[field], ofField[field]] as const),
    ...(beam > 1 ? [[NAMES.ancestry, type('bool', batch, beam, rows)] as const] : []),
    ...Array.from({ length: decoderOf(spec).layers }, (_, i) =>
      ['key', 'value'].map((part) => [`${i}.decoder.${part}`, cache] as const),
    ).flat(),
  ];
}

export const valuesOf = (beams: Beams): readonly Value[] => [
  ...FIELDS.map((field) => beams[field]),
  ...(beams.ancestry ? [beams.ancestry] : []),
  ...beams.caches.flatMap(({ key, value }) => [key, value]),
];

/** Builds a state from its values, in the order of `valuesOf`. */
export function beamsOf({ search }: Lowering, values: readonly Value[]): Beams {
  const [token, score, missing, finished, finishedScore, history, ...rest] = values as readonly [
    token: Value,
    score: Value,
    missing: Value,
    finished: Value,
    finishedScore: Value,
    history: Value,
    ...rest: Value[],
  ];
  const [ancestry, ...pairs] = search.beam > 1 ? rest : [undefined, ...rest];
  const caches = pairs.flatMap((key, i) => (i % 2 === 0 ? [{ key: key!, value: pairs[i + 1]! }] : []));
  return {
    token,
    score,
    missing,
    finished,
    finishedScore,
    history,
    ...(ancestry && { ancestry }),
    caches,
  };
}

/** The state before the first step. Only the first beam is live, because all beams would continue equally. */
export function firstBeams(l: Lowering, memory: readonly KeyValue[]): Beams {
  const { b, ids, search } = l;
  const { beam, noRepeatNgram } = search;
  const batch = memory[0]!.key.type.shape[0]!;
  const spread = (value: Value, ...shape: readonly Dim[]): Value =>
    b.add(expand, [value], { shape: [batch, ...shape] });
  const none = (x: Value, axis: number): Value => b.add(slice, [x], { axis, start: 0, end: 0 });
  const token = spread(scalar(b, 'i64', ids.eos), beam);
  const column = b.add(reshape, [token], { shape: [batch, beam, 1] });
  const lead = leadOf(noRepeatNgram).map((id) => ids[id]);
  const others = new Array<number>(beam - 1).fill(Number.NEGATIVE_INFINITY);
  const empty = none(column, 2);
  const caches = memory.map(({ key, value }) => ({ key: none(key, 2), value: none(value, 2) }));
  const unseen = none(spread(scalar(b, 'bool', 0), beam, 1), 2);
  return {
    token,
    score: spread(literal(b, 'f32', [beam], [0, ...others]), beam),
    missing: spread(scalar(b, 'i64', beam), 1),
    finished: empty,
    finishedScore: spread(scalar(b, 'f32', Number.NEGATIVE_INFINITY), beam),
    history: lead.length > 0 ? spread(literal(b, 'i64', [1, lead.length], lead), beam, lead.length) : empty,
    ...(beam > 1 && { ancestry: unseen }),
    caches,
  };
}

/** Appends one token to the tokens of each beam. */
export const append = ({ b }: Lowering, words: Value, word: Value): Value =>
  b.add(concat, [words, word], { axis: 2 });
