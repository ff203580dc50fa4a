/**
 * Finds the tensors of a model in fairseq checkpoints of different versions (SYSTEMS.md 5.5). A model uses the names of
 * the newest version. A file may use older names, prefix them with `model.`, or omit copies of a shared matrix.
 */

/** A tensor of the file, or one of several parts of a tensor. All parts have the same number of rows. */
export interface Place {
  readonly name: string;
  /** The index of the part. */
  readonly part: number;
  /** The number of parts; 1 for the whole tensor. */
  readonly parts: number;
}

const ENCODER = 'encoder.embed_tokens.weight';
const DECODER = 'decoder.embed_tokens.weight';
const OUTPUT = 'decoder.output_projection.weight';
/** The name of the output projection in v0.9.0. The tensor is present only if it is not shared. */
const OLD_OUTPUT = 'decoder.embed_out';

/** The other names of a shared matrix. If a model shares the matrix, its file often contains only one copy. */
const EMBEDDINGS: ReadonlyMap<string, readonly string[]> = new Map([
  [ENCODER, [DECODER, OUTPUT]],
  [DECODER, [ENCODER, OUTPUT]],
  [OUTPUT, [OLD_OUTPUT, DECODER, ENCODER]],
]);

/** The norms of a layer in the order of their numbers, which older versions of fairseq used instead of names. */
const LAYER_NORMS: Readonly<Record<string, readonly string[]>> = {
  encoder: ['self_attn', 'final'],
  decoder: ['self_attn', 'encoder_attn', 'final'],
};

/** The places in a file where a tensor may be. The place of its newest name comes first. */
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

/** Whether a tensor can be ignored: a buffer, or a scorer that fairseq stores for a layer without pooling. */
export function isIgnored(name: string): boolean {
  return /^(?:model\.)?(?:(?:encoder|decoder)\.version|(?:encoder|decoder)\.embed_positions\.(?:_float_tensor|weights)|encoder\.pooler\.scorer\.\d+\.\w+)$/.test(
    name,
  );
}

/** Whether a tensor of a file is an embedding matrix or an output projection. */
export function isEmbedding(name: string): boolean {
  const bare = name.startsWith('model.') ? name.slice('model.'.length) : name;
  return EMBEDDINGS.has(bare) || bare === OLD_OUTPUT;
}
