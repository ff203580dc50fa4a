/**
 * Generation inside the graph: fairseq's beam search (SYSTEMS.md 5.2) as one loop over decoding steps,
 * which ends when every document has its texts. One search for every number of beams: the greedy one is
 * that of a single beam. begin ∘ advance ∘ bestTexts; streaming calls the parts one by one.
 */
import type { Value } from '../ir/build.ts';
import { openMask } from '../ops/attention.ts';
import { add, maximum, minimum, sub } from '../ops/binary.ts';
import { scalar } from '../ops/constants.ts';
import { expand, unsqueeze } from '../ops/layout.ts';
import { loop } from '../ops/loop.ts';
import { decodeOne, type KeyValue } from './decoder.ts';
import type { Lowering } from './lowering.ts';
import { anyMissing, constantsOf, nextBeams, sightOf } from './search/round.ts';
import { type Beams, beamsOf, stateTypes, valuesOf } from './search/state.ts';

export interface Limits {
  /** Most and fewest tokens before the final eos, i64[]. */
  readonly max: Value;
  readonly min: Value;
}

/** What a search reads: keys and values of the memory for each layer, and which slots may be seen. */
export interface Readable {
  readonly memory: readonly KeyValue[];
  /** bool [B, slots]; null: all of them. */
  readonly mask: Value | null;
}

/** A search that goes on where another stopped, for a while. */
export interface Resumed {
  /** Words written so far, i64[]. */
  readonly past: Value;
  /** Most rounds to run now, i64[]. */
  readonly rounds: Value;
}

/**
 * Rounds of the search from a state: until every document has its texts, or the rounds are used up. The
 * lengths of the state it gives end in `steps`, all rounds so far.
 */
export function advance(
  l: Lowering,
  start: Beams,
  { memory, mask }: Readable,
  limits: Limits,
  resumed?: Resumed,
): Beams {
  const { b, search } = l;
  const [batch, , slots] = memory[0]!.key.type.shape;
  // One round at least, which may only end: without any, nothing would end a text.
  const most = b.add(maximum, [limits.max, scalar(b, 'i64', 0)]);
  const least = b.add(minimum, [limits.min, most]);
  const all = b.add(add, [most, scalar(b, 'i64', 1)]);
  const count = resumed ? b.add(minimum, [resumed.rounds, b.add(sub, [all, resumed.past])]) : all;
  const constants = constantsOf(l, batch!, most, least);
  // Written out for each beam here, so that no round does it.
  const open = mask && b.add(unsqueeze, [openMask(b, mask)], { axis: 1 });
  const seen =
    open && search.beam > 1 ? b.add(expand, [open], { shape: [batch!, search.beam, slots!] }) : open;
  const types = (past: string) => stateTypes(l, batch!, past).map(([, t]) => t);
  const [inside, after] = [types('written'), types('steps')];
  const { state } = b.loop(loop, {
    count,
    ...(resumed && { start: anyMissing(l, start.missing) }),
    state: valuesOf(start).map((init, i) => ({ init, inside: inside[i]!, after: after[i]! })),
    body: (turn, values) => {
      const beams = beamsOf(l, values);
      const round = resumed ? b.add(add, [turn, resumed.past]) : turn;
      const sight = b.within('search', () => sightOf(l, beams, constants));
      const caches = memory.map((encoder, i) => ({ encoder, decoder: beams.caches[i]! }));
      const step = decodeOne(l, beams.token, round, caches, { own: sight, memory: seen });
      const decoded = { logits: step.logits, caches: step.caches.map(({ decoder }) => decoder), sight };
      return b.within('search', () => {
        const next = nextBeams(l, beams, decoded, round, constants);
        return { again: next.again, state: valuesOf(next.beams) };
      });
    },
  });
  return beamsOf(l, state);
}
