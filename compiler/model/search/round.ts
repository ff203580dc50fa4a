/**
 * What a round of the search decides (SYSTEMS.md 5.2): which words the beams go on with, and which texts
 * end here. A beam has one way to end and many to go on, so the two are kept apart: ends never compete for
 * a place among the words, they only have to stand high enough between them.
 *
 * Kept lean, for with one beam and one document every small op of a round shows: of the ops over the whole
 * vocabulary there are three, and where W is 1 nothing is reordered.
 */
import type { Value } from '../../ir/build.ts';
import type { Dim } from '../../ir/dim.ts';
import { add, and, equal, greater, intDiv, less, maximum, mul, or, sub } from '../../ops/binary.ts';
import { cast } from '../../ops/cast.ts';
import { iota, literal, scalar } from '../../ops/constants.ts';
import { gatherElements, gatherRows } from '../../ops/gather.ts';
import { expand, reshape, squeeze, unsqueeze } from '../../ops/layout.ts';
import { concat, slice } from '../../ops/pieces.ts';
import { reduceMax, reduceSum, topK } from '../../ops/reduce.ts';
import { logSoftmax } from '../../ops/softmax.ts';
import { isNan, not } from '../../ops/unary.ts';
import { where } from '../../ops/where.ts';
import type { KeyValue } from '../decoder.ts';
import type { Lowering } from '../lowering.ts';
import { blockRepeats } from './ngrams.ts';
import { append, type Beams } from './state.ts';

/** What stays the same in all rounds, computed before the first. */
export interface Constants {
  /** f32 [V]: -inf at pad, and at eos, which is asked for by itself; else 0. */
  readonly bar: Value;
  /** i64 [B, W, 1]. */
  readonly eos: Value;
  readonly pad: Value;
  /** bool [B, W, W]: each beam sees its own new row. */
  readonly self: Value | null;
  /** i64[]: rounds from here on may only end; rounds before `least` may not. */
  readonly most: Value;
  readonly least: Value;
}

const lowest = ({ b }: Lowering): Value => scalar(b, 'f32', Number.NEGATIVE_INFINITY);

export function constantsOf(l: Lowering, batch: Dim, most: Value, least: Value): Constants {
  const { b, spec, ids, search } = l;
  const { beam } = search;
  const words = b.add(iota, [], { n: spec.vocabulary });
  const is = (id: number): Value => b.add(equal, [words, scalar(b, 'i64', id)]);
  const column = (id: number): Value => b.add(expand, [scalar(b, 'i64', id)], { shape: [batch, beam, 1] });
  const eye = Array.from({ length: beam * beam }, (_, i) => Number(i % (beam + 1) === 0));
  return {
    bar: b.add(where, [b.add(or, [is(ids.pad), is(ids.eos)]), lowest(l), scalar(b, 'f32', 0)]),
    eos: column(ids.eos),
    pad: column(ids.pad),
    self:
      beam > 1
        ? b.add(expand, [literal(b, 'bool', [beam, beam], eye)], { shape: [batch, beam, beam] })
        : null,
    most,
    least,
  };
}

/** NaN counts as impossible: whatever the logits are, the search goes on and comes to an end. */
const sound = (l: Lowering, x: Value): Value => l.b.add(where, [l.b.add(isNan, [x]), lowest(l), x]);

interface Ways {
  /** f32 [B, W]: the best scores of going on, best first. */
  readonly live: Value;
  /** i64 [B, W]: their words. */
  readonly word: Value;
  /** i64 [B, W]: the beams that they continue; null when there is one. */
  readonly parent: Value | null;
  /** f32 [B, W]: the score of ending, for each beam. */
  readonly ends: Value;
}

function waysOn(l: Lowering, beams: Beams, logits: Value, round: Value, constants: Constants): Ways {
  const { b, spec, ids, search } = l;
  const { beam, noRepeatNgram } = search;
  const batch = beams.score.type.shape[0]!;
  const logp = b.add(logSoftmax, [logits]);
  const freely = noRepeatNgram > 0 ? blockRepeats(l, logp, beams.history) : logp;
  const each = Math.min(beam, spec.vocabulary);
  const [value, choice] = b.many(topK, [b.add(add, [freely, constants.bar])], { k: each });
  const eos = b.add(slice, [logp], { axis: 1, start: ids.eos, end: ids.eos + 1 });

  const mayGoOn = b.add(less, [round, constants.most]);
  const mayNotEnd = b.add(less, [round, constants.least]);
  const going = b.add(where, [mayGoOn, beams.score, lowest(l)]);
  const ending = b.add(where, [mayNotEnd, lowest(l), beams.score]);
  const ends = sound(l, b.add(add, [ending, b.add(reshape, [eos], { shape: [batch, beam] })]));
  if (beam === 1) return { live: sound(l, b.add(add, [going, value!])), word: choice!, parent: null, ends };

  const byBeam = b.add(reshape, [value!], { shape: [batch, beam, each] });
  const scores = sound(l, b.add(add, [b.add(unsqueeze, [going], { axis: 2 }), byBeam]));
  const flat = (x: Value): Value => b.add(reshape, [x], { shape: [batch, beam * each] });
  const [live, place] = b.many(topK, [flat(scores)], { k: beam });
  const word = b.add(gatherElements, [flat(choice!), place!], { axis: 1 });
  return { live: live!, word, parent: b.add(intDiv, [place!, scalar(b, 'i64', each)]), ends };
}

type Ended = Pick<Beams, 'missing' | 'finished' | 'finishedScore'>;

/**
 * Ends that stand among the first W of all candidates, and finite: in their order as long as texts are
 * missing. The r-th best end stands behind r others and behind every word that is better, or as good and
 * earlier among all words of all beams.
 */
function endTexts(
  l: Lowering,
  beams: Beams,
  { live, word, parent, ends }: Ways,
  constants: Constants,
): Ended {
  const { b, spec, ids, search } = l;
  const { beam } = search;
  const eos = scalar(b, 'i64', ids.eos);
  const words = wordsIn(l, beams);
  const longer = append(l, beams.finished, constants.pad);
  const column = (x: Value): Value => b.add(unsqueeze, [x], { axis: 2 });
  if (beam === 1) {
    const needed = b.add(greater, [beams.missing, scalar(b, 'i64', 0)]);
    const even = b.add(and, [b.add(equal, [ends, live]), b.add(less, [eos, word])]);
    const first = b.add(or, [b.add(greater, [ends, live]), even]);
    const taken = b.add(and, [b.add(and, [first, b.add(greater, [ends, lowest(l)])]), needed]);
    return {
      missing: b.add(sub, [beams.missing, b.add(cast, [taken], { to: 'i64' })]),
      finished: b.add(where, [column(taken), append(l, words, constants.eos), longer]),
      finishedScore: b.add(where, [taken, ends, beams.finishedScore]),
    };
  }
  const [best, from] = b.many(topK, [ends], { k: beam }) as readonly [Value, Value];
  const ranks = b.add(iota, [], { n: beam });
  const row = (x: Value): Value => b.add(unsqueeze, [x], { axis: 1 });
  const place = (from: Value, id: Value): Value =>
    b.add(add, [b.add(mul, [from, scalar(b, 'i64', spec.vocabulary)]), id]);
  const even = b.add(and, [
    b.add(equal, [row(live), column(best)]),
    b.add(less, [column(place(from, eos)), row(place(parent!, word))]),
  ]);
  const worse = b.add(or, [b.add(less, [row(live), column(best)]), even]);
  const above = b.add(reduceSum, [b.add(cast, [b.add(not, [worse])], { to: 'i64' })], { axis: 2 });
  const rank = b.add(add, [b.add(squeeze, [above], { axis: 2 }), ranks]);
  const high = b.add(less, [rank, scalar(b, 'i64', beam)]);
  const possible = b.add(and, [high, b.add(greater, [best, lowest(l)])]);
  const taken = b.add(and, [possible, b.add(less, [ranks, beams.missing])]);
  const count = b.add(reduceSum, [b.add(cast, [taken], { to: 'i64' })], { axis: 1 });
  // Slot q takes the end of rank q - (texts there are), when that is one of those taken.
  const have = b.add(sub, [scalar(b, 'i64', beam), beams.missing]);
  const offset = b.add(sub, [ranks, have]);
  const fills = b.add(and, [b.add(greater, [offset, scalar(b, 'i64', -1)]), b.add(less, [offset, count])]);
  const source = b.add(maximum, [offset, scalar(b, 'i64', 0)]);
  const pick = (x: Value): Value => b.add(gatherElements, [x, source], { axis: 1 });
  const text = append(l, b.add(gatherRows, [words, pick(from)]), constants.eos);
  return {
    missing: b.add(sub, [beams.missing, count]),
    finished: b.add(where, [column(fills), text, longer]),
    finishedScore: b.add(where, [fills, pick(best), beams.finishedScore]),
  };
}

/** i64 [B, W, past]: a beam's own words. */
const wordsIn = ({ b, search }: Lowering, { history }: Beams): Value =>
  b.add(slice, [history], { axis: 2, start: search.noRepeatNgram, end: history.type.shape[2]! });

/** bool [B, W, W·past + W]: what each beam sees of the caches once this round's rows are in them. */
export const sightOf = ({ b }: Lowering, { ancestry }: Beams, { self }: Constants): Value | null =>
  ancestry && self ? b.add(concat, [ancestry, self], { axis: 2 }) : null;

/** The state after a round, and whether any document still lacks a text. */
export function nextBeams(
  l: Lowering,
  beams: Beams,
  decoded: { readonly logits: Value; readonly caches: readonly KeyValue[]; readonly sight: Value | null },
  round: Value,
  constants: Constants,
): { readonly beams: Beams; readonly again: Value } {
  const { b } = l;
  const ways = waysOn(l, beams, decoded.logits, round, constants);
  const { live, word, parent } = ways;
  const ofParent = (x: Value): Value => (parent ? b.add(gatherRows, [x, parent]) : x);
  const ended = endTexts(l, beams, ways, constants);
  const column = b.add(unsqueeze, [word], { axis: 2 });
  const next: Beams = {
    ...ended,
    token: word,
    score: live,
    history: append(l, ofParent(beams.history), column),
    ...(decoded.sight && { ancestry: ofParent(decoded.sight) }),
    caches: decoded.caches,
  };
  return { beams: next, again: anyMissing(l, ended.missing) };
}

/** bool[]: whether any document lacks a text. */
export function anyMissing({ b }: Lowering, missing: Value): Value {
  const most = b.add(reshape, [b.add(reduceMax, [missing], { axis: 0 })], { shape: [] });
  return b.add(greater, [most, scalar(b, 'i64', 0)]);
}
