/**
 * Where fairseq checkpoints of different ages keep a tensor (SYSTEMS.md 5.5). Names asked for are
 * today's; a file may use an older one, a `model.` before it, or leave out a tied matrix's copies.
 */

/** A tensor of the file, or one of `parts` equal parts of its rows. */
export interface Place {
  readonly name: string;
  readonly part: number;
  readonly parts: number;
}

const ENCODER = 'encoder.embed_tokens.weight';
const DECODER = 'decoder.embed_tokens.weight';
const OUTPUT = 'decoder.output_projection.weight';
/** The output projection of v0.9.0, there only when it is a matrix of its own. */
const OLD_OUTPUT = 'decoder.embed_out';

/** Where a matrix that is shared may lie: files of tied models often keep only one copy. */
const EMBEDDINGS: ReadonlyMap<string, readonly string[]> = new Map([
  [ENCODER, [DECODER, OUTPUT]],
  [DECODER, [ENCODER, OUTPUT]],
  [OUTPUT, [OLD_OUTPUT, DECODER, ENCODER]],
]);

/** Older fairseq numbered a layer's norms. */
const LAYER_NORMS: Readonly<Record<string, readonly string[]>> = {
  encoder: ['self_attn', 'final'],
  decoder: ['self_attn', 'encoder_attn', 'final'],
};

/** The places where `name` may be, today's first. */
export function placesOf(name: string): Place[] {
  const places = [whole(name), ...olderPlaces(name)];
  return [...places, ...places.map((place) => ({ ...place, name: `model.${place.name}` }))];
}

function olderPlaces(name: string): Place[] {
  const projection = /^(.+_attn\.)([qkv])_proj\.(weight|bias)$/.exec(name);
  if (projection) {
    const [, attention, letter, kind] = projection;
    return [{ name: `${attention}in_proj_${kind}`, part: 'qkv'.indexOf(letter!), parts: 3 }];
  }
  const norm = /^((encoder|decoder)\.layers\.\d+\.)(\w+)_layer_norm\.(weight|bias)$/.exec(name);
  if (norm) {
    const [, layer, side, which, kind] = norm;
    const index = LAYER_NORMS[side!]!.indexOf(which!);
    return index < 0 ? [] : [whole(`${layer}layer_norms.${index}.${kind}`)];
  }
  return (EMBEDDINGS.get(name) ?? []).map(whole);
}

function whole(name: string): Place {
  return { name, part: 0, parts: 1 };
}

/** Buffers, and the scorers that fairseq keeps for layers which do not pool. */
export function isIgnored(name: string): boolean {
  return /^(?:model\.)?(?:(?:encoder|decoder)\.version|(?:encoder|decoder)\.embed_positions\.(?:_float_tensor|weights)|encoder\.pooler\.scorer\.\d+\.\w+)$/.test(
    name,
  );
}

export function isEmbedding(name: string): boolean {
  const bare = name.startsWith('model.') ? name.slice('model.'.length) : name;
  return EMBEDDINGS.has(bare) || bare === OLD_OUTPUT;
}
