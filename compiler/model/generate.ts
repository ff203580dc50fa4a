/**
 * Generation inside the graph: fairseq's beam search as one loop over decoding steps, which ends when
 * every document has its texts. The greedy search is the search with one beam. A search is `firstBeams`, then
 * `advance`, then `bestTexts`; streaming runs `advance` several times.
 */
import type { Value } from '../ir/build.ts';
import { openMask } from '../ops/attention.ts';
import { add, maximum, minimum, sub } from '../ops/binary.ts';
import { scalar } from '../ops/constants.ts';
import { expand, unsqueeze } from '../ops/layout.ts';
import { loop } from '../ops/loop.ts';
import { decodeOne, type KeyValue } from './decoder.ts';
import type { Lowering } from './lowering.ts';
import { type Beams, beamsOf, stateTypes, valuesOf } from './search/state.ts';
import { anyMissing, constantsOf, nextBeams, sightOf } from './search/step.ts';

export interface Limits {
  /** The largest number of tokens before the final eos, i64[]. */
  readonly max: Value;
  /** The smallest number of tokens before the final eos, i64[]. */
  readonly min: Value;
}

/** The input of a search: the keys and values of the memory for each layer, and the mask of its slots. */
export interface Readable {
  readonly memory: readonly KeyValue[];
  /** bool [B, slots]; null where all slots may be seen. */
  readonly mask: Value | null;
}

/** Where a search continues, and for how long. */
export interface Resumed {
  /** The number of steps so far, i64[]. */
  readonly past: Value;
  /** The largest number of steps to run now, i64[]. */
  readonly steps: Value;
}

/**
 * Runs steps of the search until every document has its texts, or until no steps are left. In the types of the
 * resulting state, the symbol `steps` is the number of all steps so far.
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
  // There is at least one step, even if it can only end texts. Without this step, no text would end.
  const most = b.add(maximum, [limits.max, scalar(b, 'i64', 0)]);
  const least = b.add(minimum, [limits.min, most]);
  const all = b.add(add, [most, scalar(b, 'i64', 1)]);
  const count = resumed ? b.add(minimum, [resumed.steps, b.add(sub, [all, resumed.past])]) : all;
  const constants = constantsOf(l, batch!, most, least);
  // The mask is expanded for the beams here, so that no step has to do it.
  const open = mask && b.add(unsqueeze, [openMask(b, mask)], { axis: 1 });
  const seen =
    open && search.beam > 1 ? b.add(expand, [open], { shape: [batch!, search.beam, slots!] }) : open;
  const types = (past: string) => stateTypes(l, batch!, past).map(([, t]) => t);
  const [inside, after] = [types('written'), types('steps')];
  const { state } = b.loop(loop, {
    count,
    ...(resumed && { start: anyMissing(l, start.missing) }),
    state: valuesOf(start).map((init, i) => ({ init, inside: inside[i]!, after: after[i]! })),
    body: (iteration, values) => {
      const beams = beamsOf(l, values);
      const step = resumed ? b.add(add, [iteration, resumed.past]) : iteration;
      const sight = b.within('search', () => sightOf(l, beams, constants));
      const caches = memory.map((encoder, i) => ({ encoder, decoder: beams.caches[i]! }));
      const { logits, caches: grown } = decodeOne(l, beams.token, step, caches, { own: sight, memory: seen });
      const decoded = { logits, caches: grown.map(({ decoder }) => decoder), sight };
      return b.within('search', () => {
        const next = nextBeams(l, beams, decoded, step, constants);
        return { again: next.again, state: valuesOf(next.beams) };
      });
    },
  });
  return beamsOf(l, state);
}
