/**
 * One step of the search: it decides with which tokens the beams continue, and which texts end. A beam
 * has one candidate that ends the text and many that continue it, so ends and continuations are ranked separately. An
 * end never displaces a continuation, but it must rank high enough among all candidates.
 *
 * With one beam and one document, every small op takes a noticeable time. So only three ops run over the whole
 * vocabulary, and nothing is reordered if there is only one beam (W = 1).
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

/** The values that are the same in all steps. They are computed before the first step. */
export interface Constants {
  /** f32 [V]: -inf at pad and at eos, whose score is read separately; 0 at all other tokens. */
  readonly bar: Value;
  /** i64 [B, W, 1]. */
  readonly eos: Value;
  readonly pad: Value;
  /** bool [B, W, W]: each beam sees its own new row. */
  readonly self: Value | null;
  /** i64[]: from this step on, texts can only end. */
  readonly most: Value;
  /** i64[]: before this step, no text can end. */
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

/** Replaces NaN by -inf, so that the search ends even if logits are NaN. */
const sound = (l: Lowering, x: Value): Value => l.b.add(where, [l.b.add(isNan, [x]), lowest(l), x]);

interface Candidates {
  /** f32 [B, W]: the scores of the best continuations, best first. */
  readonly live: Value;
  /** i64 [B, W]: the tokens of these continuations. */
  readonly word: Value;
  /** i64 [B, W]: the beams that they continue; null where there is one beam. */
  readonly parent: Value | null;
  /** f32 [B, W]: the score of each beam's text if it ends now. */
  readonly ends: Value;
}

function candidatesOf(
  l: Lowering,
  beams: Beams,
  logits: Value,
  step: Value,
  constants: Constants,
): Candidates {
  const { b, spec, ids, search } = l;
  const { beam, noRepeatNgram } = search;
  const batch = beams.score.type.shape[0]!;
  const logp = b.add(logSoftmax, [logits]);
  const freely = noRepeatNgram > 0 ? blockRepeats(l, logp, beams.history) : logp;
  const each = Math.min(beam, spec.vocabulary);
  const [value, choice] = b.many(topK, [b.add(add, [freely, constants.bar])], { k: each });
  const eos = b.add(slice, [logp], { axis: 1, start: ids.eos, end: ids.eos + 1 });

  const mayContinue = b.add(less, [step, constants.most]);
  const mayNotEnd = b.add(less, [step, constants.least]);
  const continuing = b.add(where, [mayContinue, beams.score, lowest(l)]);
  const ending = b.add(where, [mayNotEnd, lowest(l), beams.score]);
  const ends = sound(l, b.add(add, [ending, b.add(reshape, [eos], { shape: [batch, beam] })]));
  if (beam === 1)
    return { live: sound(l, b.add(add, [continuing, value!])), word: choice!, parent: null, ends };

  const byBeam = b.add(reshape, [value!], { shape: [batch, beam, each] });
  const scores = sound(l, b.add(add, [b.add(unsqueeze, [continuing], { axis: 2 }), byBeam]));
  const flat = (x: Value): Value => b.add(reshape, [x], { shape: [batch, beam * each] });
  const [live, place] = b.many(topK, [flat(scores)], { k: beam });
  const word = b.add(gatherElements, [flat(choice!), place!], { axis: 1 });
  return { live: live!, word, parent: b.add(intDiv, [place!, scalar(b, 'i64', each)]), ends };
}

type EndedTexts = Pick<Beams, 'missing' | 'finished' | 'finishedScore'>;

/**
 * Ends texts. While the document lacks texts, ends are taken in the order of their ranks. An end is taken if it ranks
 * among the first W of all candidates and its score is finite. The rank of the r-th best end, counted from 0, is r plus
 * the number of continuations that are better, or that are equal and come earlier in the order of beams and tokens.
 */
function endTexts(
  l: Lowering,
  beams: Beams,
  { live, word, parent, ends }: Candidates,
  constants: Constants,
): EndedTexts {
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
  // Slot q gets the taken end number q - (texts found before), if there is such an end.
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

/** i64 [B, W, past]: the tokens of each beam. */
const wordsIn = ({ b, search }: Lowering, { history }: Beams): Value =>
  b.add(slice, [history], { axis: 2, start: search.noRepeatNgram, end: history.type.shape[2]! });

/** bool [B, W, W·past + W]: the rows of the caches that each beam sees, including the rows that this step adds. */
export const sightOf = ({ b }: Lowering, { ancestry }: Beams, { self }: Constants): Value | null =>
  ancestry && self ? b.add(concat, [ancestry, self], { axis: 2 }) : null;

/** The state after a step, and whether any document still lacks a text. */
export function nextBeams(
  l: Lowering,
  beams: Beams,
  decoded: { readonly logits: Value; readonly caches: readonly KeyValue[]; readonly sight: Value | null },
  step: Value,
  constants: Constants,
): { readonly beams: Beams; readonly again: Value } {
  const { b } = l;
  const candidates = candidatesOf(l, beams, decoded.logits, step, constants);
  const { live, word, parent } = candidates;
  const ofParent = (x: Value): Value => (parent ? b.add(gatherRows, [x, parent]) : x);
  const ended = endTexts(l, beams, candidates, constants);
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
