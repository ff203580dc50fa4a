/**
 * Beam search for one document as fairseq does it (SYSTEMS.md 5.2), in plain lists and loops. A function gives the
 * logits. Its arguments are the last token of each beam, and the beam of the previous step that each beam continues.
 */
import { EOS, logSoftmax, PAD } from './math.ts';

export interface BeamOptions {
  readonly beam: number;
  /** The largest and smallest number of generated tokens, without the final eos. */
  readonly max: number;
  readonly min: number;
  readonly lengthPenalty: number;
  readonly noRepeatNgram: number;
}

export interface Hypothesis {
  /** The tokens without the start, but with the final eos. */
  readonly tokens: number[];
  readonly score: number;
}

export interface BeamResult {
  /** The texts, best first; fewer than `beam` if no more were found. */
  readonly hypotheses: Hypothesis[];
  /** The number of steps that were run. */
  readonly steps: number;
  /** The smallest difference between two scores whose order had an effect on the result. */
  readonly margin: number;
  /** How often a beam continued another beam of the previous step, and how often eos ranked too low. */
  readonly crossings: number;
  readonly lowEnds: number;
}

/** The logits of each beam, from its last token and the beam of the previous step that it continues. */
export type NextLogits = (tokens: number[], parents: number[]) => Promise<number[][]>;

interface Candidate {
  readonly beam: number;
  readonly word: number;
  readonly score: number;
}

const NEVER = Number.NEGATIVE_INFINITY;

/** The words that would complete an n-gram which these tokens, including the first eos, already contain. */
export function repeats(tokens: number[], n: number): Set<number> {
  const banned = new Set<number>();
  if (n === 0 || tokens.length < n - 1) return banned;
  const tail = tokens.slice(tokens.length - (n - 1)).join();
  for (let i = 0; i + n <= tokens.length; i++) {
    const ngram = tokens.slice(i, i + n);
    if (n === 1 || ngram.slice(0, n - 1).join() === tail) banned.add(ngram[n - 1]!);
  }
  return banned;
}

export async function beamSearch(next: NextLogits, options: BeamOptions): Promise<BeamResult> {
  const { beam, max, min, lengthPenalty, noRepeatNgram } = options;
  let histories: number[][] = Array.from({ length: beam }, () => [EOS]);
  let scores: number[] = new Array<number>(beam).fill(0);
  let parents: number[] = histories.map((_, i) => i);
  const finished: Hypothesis[] = [];
  let margin = Number.POSITIVE_INFINITY;
  let [steps, crossings, lowEnds] = [0, 0, 0];
  const compare = (a: number, b: number): void => {
    if (Number.isFinite(a) && Number.isFinite(b)) margin = Math.min(margin, Math.abs(a - b));
  };

  for (let step = 0; step <= max; step++) {
    steps++;
    const logits = await next(
      histories.map((tokens) => tokens.at(-1)!),
      parents,
    );
    const candidates: Candidate[] = [];
    for (let b = 0; b < (step === 0 ? 1 : beam); b++) {
      const banned = repeats(histories[b]!, noRepeatNgram);
      banned.delete(EOS);
      logSoftmax(logits[b]!).forEach((value, word) => {
        let logp = Number.isNaN(value) ? NEVER : value;
        if (word === PAD || banned.has(word)) logp = NEVER;
        if (step >= max && word !== EOS) logp = NEVER;
        if (step < max && step < min && word === EOS) logp = NEVER;
        candidates.push({ beam: b, word, score: scores[b]! + logp });
      });
    }
    // The sort is stable: equal scores are ordered by beam, then by word.
    candidates.sort((a, b) => (a.score === b.score ? 0 : b.score - a.score));
    const chosen = candidates.slice(0, 2 * beam);
    chosen.forEach((candidate, i) => {
      if (candidates[i + 1]) compare(candidate.score, candidates[i + 1]!.score);
    });
    chosen.forEach(({ beam: b, word, score }, rank) => {
      if (word !== EOS || !Number.isFinite(score)) return;
      if (rank >= beam) lowEnds++;
      else if (finished.length < beam) {
        const tokens = [...histories[b]!.slice(1), EOS];
        finished.push({ tokens, score: score / tokens.length ** lengthPenalty });
      }
    });
    if (finished.length === beam || step === max) break;
    const going = chosen.filter(({ word }) => word !== EOS).slice(0, beam);
    // If the vocabulary is too small, the remaining beams get the score -Infinity, so they are never chosen.
    while (going.length < beam) going.push({ beam: 0, word: EOS + 1, score: NEVER });
    crossings += going.filter((c, i) => c.beam !== i && Number.isFinite(c.score)).length;
    histories = going.map((c) => [...histories[c.beam]!, c.word]);
    scores = going.map((c) => c.score);
    parents = going.map((c) => c.beam);
  }
  const hypotheses = [...finished].sort((a, b) => b.score - a.score);
  hypotheses.forEach((h, i) => {
    if (hypotheses[i + 1]) compare(h.score, hypotheses[i + 1]!.score);
  });
  return { hypotheses, steps, margin, crossings, lowEnds };
}
