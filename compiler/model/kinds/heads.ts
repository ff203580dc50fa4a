/** Divides the heads of an attention among several kinds. */
import { slice } from '../../ops/pieces.ts';
import type { AttentionPlace } from './kind.ts';

/**
 * The place of an attention with only `count` of the heads, starting at head `first`. Its projections are the columns
 * of the layer's projections that belong to these heads, so the weights of the layer do not depend on the division.
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
