/**
 * N-gram blocking (fairseq's `no_repeat_ngram_size`): a token that would repeat an n-gram of its
 * text gets -inf. The eos that starts the decoder counts as a token of the text. The last n - 1 tokens are compared
 * with all earlier sequences of n - 1 tokens, and each token that followed an equal sequence is blocked.
 *
 * The end of a text is never blocked, because the search reads the log-probability of eos before the blocking.
 */
import type { Value } from '../../ir/build.ts';
import { add as plus, sub } from '../../ir/dim.ts';
import { and, equal } from '../../ops/binary.ts';
import { scalar } from '../../ops/constants.ts';
import { expand, reshape } from '../../ops/layout.ts';
import { slice } from '../../ops/pieces.ts';
import { scatterAdd } from '../../ops/scatter_add.ts';
import { where } from '../../ops/where.ts';
import type { Lowering } from '../lowering.ts';

/** Blocks tokens in log-probabilities [B·W, V]. The history is [B, W, n + past] (`leadOf`). */
export function blockRepeats({ b, search }: Lowering, logp: Value, history: Value): Value {
  const n = search.noRepeatNgram;
  const length = history.type.shape[2]!;
  const places = plus(sub(length, n), 1);
  const from = (start: number, count = places): Value =>
    b.add(slice, [history], { axis: 2, start, end: plus(start, count) });
  const last = (back: number): Value =>
    b.add(slice, [history], { axis: 2, start: sub(length, back), end: sub(length, back - 1) });
  const same = Array.from({ length: n - 1 }, (_, j) => b.add(equal, [from(j), last(n - 1 - j)]));
  const rows = [logp.type.shape[0]!, places];
  const bar = scalar(b, 'f32', Number.NEGATIVE_INFINITY);
  const penalty =
    same.length === 0
      ? b.add(expand, [bar], { shape: rows })
      : b.add(
          reshape,
          [b.add(where, [same.reduce((x, y) => b.add(and, [x, y])), bar, scalar(b, 'f32', 0)])],
          {
            shape: rows,
          },
        );
  const words = b.add(reshape, [from(n - 1)], { shape: rows });
  return b.add(scatterAdd, [logp, words, penalty]);
}
