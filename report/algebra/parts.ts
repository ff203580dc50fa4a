/**
 * Which side, layer and part of a model a node counts for: the columns of the report. Every product belongs to a part
 * (a test holds that).
 */
import type { Node } from '../../compiler/ir/graph.ts';
import type { Part, Place, Side } from '../../compiler/ir/place.ts';

export {
  DECODER_PARTS,
  type DecoderPart,
  ENCODER_PARTS,
  type EncoderPart,
  type Place,
  type Side,
} from '../../compiler/ir/place.ts';

type Placed = Pick<Node, 'place'>;

type InPart = Place & { readonly part: Part };

const isInPart = (place: Place): place is InPart => place.part !== null;

/** The report counts what belongs to neither side, such as the number of tokens, with the encoder. */
export const sideOf = ({ place }: Placed): Side => place.side ?? 'encoder';

/** Which layer of its side a node belongs to, from 0; null for what stands before, behind or between layers. */
export const layerOf = ({ place }: Placed): number | null => place.layer;

/** Lists by side and layer, in order. */
export function byLayer<T>(
  all: readonly T[],
  nodeOf: (one: T) => Placed,
): readonly { readonly side: Side; readonly layer: number | null; readonly all: readonly T[] }[] {
  const found = new Map<string, { side: Side; layer: number | null; all: T[] }>();
  for (const one of all) {
    const [side, layer] = [sideOf(nodeOf(one)), layerOf(nodeOf(one))];
    const group = found.get(`${side}.${layer}`) ?? { side, layer, all: [] };
    found.set(`${side}.${layer}`, group);
    group.all.push(one);
  }
  return [...found.values()];
}

/** Undefined for what belongs to no part: embeddings, norms, masks; there are no matrix products among them. */
export const placeOf = ({ node: { place } }: { readonly node: Placed }): InPart | undefined =>
  isInPart(place) ? place : undefined;
