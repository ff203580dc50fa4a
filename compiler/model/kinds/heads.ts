/** Some of the heads of an attention, as if they were all: what a layer needs that gives its heads to several kinds. */
import { slice } from '../../ops/pieces.ts';
import type { AttentionPlace } from './kind.ts';

/**
 * The place of `count` heads from `first` on. Its projections are those columns of the layer's own that belong to these
 * heads, so the layer's weights are the same whichever kinds share it.
 */
export function someHeads(place: AttentionPlace, first: number, count: number): AttentionPlace {
  const size = place.width / place.heads;
  const [start, end] = [first * size, (first + count) * size];
  return {
    ...place,
    heads: count,
    width: count * size,
    project: (name) => place.b.add(slice, [place.project(name)], { axis: -1, start, end }),
  };
}
