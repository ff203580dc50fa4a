/**
 * Finds the side, layer and part of a model for which the report counts a node. Every matrix product belongs to a part;
 * a test checks this.
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

/** The side of a node. Nodes outside both sides, such as the node that counts tokens, are counted for the encoder. */
export const sideOf = ({ place }: Placed): Side => place.side ?? 'encoder';

/** The layer of a node, counted from 0; null for nodes outside of layers. */
export const layerOf = ({ place }: Placed): number | null => place.layer;

/** Groups values by the side and layer of their nodes, in order of appearance. */
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

/** The place of a node that belongs to a part. Undefined for other nodes, such as embeddings, norms and masks. */
export const placeOf = ({ node: { place } }: { readonly node: Placed }): InPart | undefined =>
  isInPart(place) ? place : undefined;
