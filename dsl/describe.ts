/** A model's fields in the language's notation, including defaults, and the differences between two models. */
import { spell } from './numbers.ts';
import type { EncoderLayerSpec, FfnSpec, KindSpec, ModelSpec, NormSpec, PoolSpec } from './spec.ts';

export type Description = ReadonlyMap<string, string>;

const kindText = ({ kind, args }: KindSpec): string => {
  const said = Object.entries(args).map(
    ([name, value]) => `${name}: ${typeof value === 'number' ? spell(value) : value}`,
  );
  return said.length > 0 ? `${kind}(${said.join(', ')})` : kind;
};

/** Joins texts and combines equal neighbours: `8k x 2, 2k`. */
function runs(texts: readonly string[]): string {
  const found: { text: string; times: number }[] = [];
  for (const text of texts) {
    const last = found.at(-1);
    if (last?.text === text) last.times++;
    else found.push({ text, times: 1 });
  }
  return found.map(({ text, times }) => (times === 1 ? text : `${text} x ${times}`)).join(', ');
}

const poolText = ({ emits }: EncoderLayerSpec, pool: PoolSpec): string =>
  `${kindText(pool)} by ${kindText(pool.scorer)} to ${spell(emits)}`;

/** Writes a feed-forward network as in `3072 dense relu`. */
export const ffnText = ({ width, activation, ...kind }: FfnSpec): string =>
  `${spell(width)} ${kindText(kind)} ${kindText(activation)}`;

/** Writes a norm as in `post layer`. */
export const normText = ({ place, ...kind }: NormSpec): string => `${place} ${kindText(kind)}`;

/** The text of each field by its path. */
export function describe(spec: ModelSpec): Description {
  const { encoder, decoder } = spec;
  const attentions = encoder.layers.map(({ attention }) => kindText(attention));
  const schedule = runs(encoder.layers.map(({ consumes }) => spell(consumes)));
  const fields: [string, string][] = [
    ['vocabulary', spell(spec.vocabulary)],
    ['width', spell(spec.width)],
    ['heads', spell(spec.heads)],
    ['ffn', ffnText(spec.ffn)],
    ['norm', normText(spec.norm)],
    ['dropout', String(spec.dropout)],
    ['share embeddings', spec.shareEmbeddings ? 'yes' : 'no'],
    ['encoder.positions', kindText(encoder.positions)],
    ['encoder.schedule', `${schedule} -> ${spell(encoder.memory)}`],
    ['encoder.attention', runs(attentions)],
    ...encoder.layers.flatMap((layer, i): [string, string][] =>
      layer.pool ? [[`encoder.pool after layer ${i + 1}`, poolText(layer, layer.pool)]] : [],
    ),
  ];
  if (decoder)
    fields.push(
      ['decoder.positions', kindText(decoder.positions)],
      ['decoder.attention', kindText(decoder.attention)],
      ['decoder.cross_attention', kindText(decoder.crossAttention)],
      ['decoder.layers', spell(decoder.layers)],
      ['decoder.target', spell(decoder.target)],
    );
  if (spec.head) fields.push(['head', kindText(spec.head)]);
  return new Map(fields);
}

export interface Change {
  readonly path: string;
  /** Null if the field was not there. */
  readonly before: string | null;
  /** Null if the field is no longer there. */
  readonly after: string | null;
}

/** The fields that differ: first the fields of `before` in their order, then the fields that only `after` has. */
export function changesBetween(before: Description, after: Description): readonly Change[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths]
    .map((path) => ({ path, before: before.get(path) ?? null, after: after.get(path) ?? null }))
    .filter((change) => change.before !== change.after);
}
