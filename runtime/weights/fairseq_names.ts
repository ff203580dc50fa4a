/**
 * Finds the tensors of a model in fairseq checkpoints of different versions. A model uses the names of the newest
 * version. A file may use older names or those of Hugging Face, put a prefix in front of all names, or omit copies of a
 * shared matrix.
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

/** The names of Hugging Face for a matrix that all parts share, and for an output projection. */
const SHARED = 'shared.weight';
const HEAD = 'lm_head.weight';

/**
 * The other names of a shared matrix, the likeliest first. If a model shares the matrix, its file often contains only one
 * copy.
 */
const EMBEDDINGS: ReadonlyMap<string, readonly string[]> = new Map([
  [ENCODER, [SHARED, DECODER, OUTPUT, HEAD]],
  [DECODER, [SHARED, ENCODER, OUTPUT, HEAD]],
  [OUTPUT, [OLD_OUTPUT, HEAD, DECODER, SHARED, ENCODER]],
]);

/** The other names under which a file may contain a copy of a shared matrix. */
const COPIES: ReadonlySet<string> = new Set([OLD_OUTPUT, SHARED, HEAD]);

/** What programs put in front of all names: fairseq's and Hugging Face's models, and PyTorch's data parallel. */
const PREFIXES: readonly string[] = ['', 'model.', 'module.', 'module.model.'];

/** The name without the prefix. */
function bareName(name: string): string {
  const prefix = PREFIXES.findLast((one) => name.startsWith(one)) ?? '';
  return name.slice(prefix.length);
}

/** The norms of a layer in the order of their numbers, which older versions of fairseq used instead of names. */
const LAYER_NORMS: Readonly<Record<string, readonly string[]>> = {
  encoder: ['self_attn', 'final'],
  decoder: ['self_attn', 'encoder_attn', 'final'],
};

/** The places in a file where a tensor may be. The place of its newest name comes first. */
export function placesOf(name: string): Place[] {
  const places = [whole(name), ...olderPlaces(name)];
  return PREFIXES.flatMap((prefix) => places.map((place) => ({ ...place, name: prefix + place.name })));
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
  return /^(?:(?:encoder|decoder)\.version|(?:encoder|decoder)\.embed_positions\.(?:_float_tensor|weights)|encoder\.pooler\.scorer\.\d+\.\w+)$/.test(
    bareName(name),
  );
}

/** The prefixes, and the other names of each shared matrix, for the documentation. */
export const OTHER_NAMES = { prefixes: PREFIXES, embeddings: EMBEDDINGS } as const;

/** Whether a tensor of a file is an embedding matrix or an output projection. */
export function isEmbedding(name: string): boolean {
  const bare = bareName(name);
  return EMBEDDINGS.has(bare) || COPIES.has(bare);
}
