/**
 * What an artifact says about itself, written and read back. Reading believes nothing: the file may be
 * a stranger's. Of the model's description only what the runtime uses is taken, each with its bounds.
 */
import { sha256HexOf } from '../compiler/ir/sha256.ts';
import type { Entry } from '../compiler/model/index.ts';
import { FAIRSEQ_SPECIAL, GREEDY, type SearchSettings, type SpecialIds } from '../compiler/model/lowering.ts';
import type { Source } from '../dsl/diagnostics.ts';
import { printable } from '../dsl/printable.ts';
import type { DecoderSpec, KindSpec, ModelSpec } from '../dsl/spec.ts';
import { ENTRY_NAMES } from './entry_ports.ts';
import { MOST_BEAMS, MOST_NGRAM } from './search_bounds.ts';

/** The part of a ModelSpec that a runtime needs. */
export interface ArtifactSpec {
  readonly vocabulary: number;
  readonly encoder: { readonly length: number };
  readonly decoder?: { readonly target: number };
}

/** Metadata keys carry the prefix `benben.`. */
export interface ArtifactInfo {
  readonly model: string;
  readonly entry: Entry;
  readonly version: string;
  readonly compat: string;
  readonly target: string;
  /** Of the weights; artifacts that do not say are fp32. */
  readonly precision: string;
  /** Of a quantised one, measured when it was compiled: how far it is from the same model in float32. */
  readonly error?: { readonly max: number; readonly mean: number };
  /** Where its weights came from, and whether anybody trained them. */
  readonly weights: string;
  readonly random: boolean;
  readonly tokenizer: string;
  /** What the graph pads with, and what it ends texts with. */
  readonly ids: SpecialIds;
  /** How it searches for a text; artifacts from before there were beams are greedy. */
  readonly search: SearchSettings;
  readonly parameters: number;
  readonly spec: ArtifactSpec;
  readonly source: string;
}

const PREFIX = 'benben.';
const PRODUCER = 'benben';

/** Without these nothing else can be told; the others have meanings where they are absent. */
const REQUIRED = ['entry', 'spec', 'parameters'] as const;

const isPlain = ({ kind, args }: KindSpec, name: string): boolean =>
  kind === name && Object.keys(args).length === 0;

/**
 * The model's description. What has the only kind that there was before kinds could be named (`relu`, `post`, full
 * attention in a decoder) is written as it was then, so that artifacts keep their bytes and older readers understand them.
 * Spans are left out: they point into a text that the artifact's reader may not have.
 */
function specText(spec: ModelSpec): string {
  const { ffn, norm, decoder, head, ...others } = spec;
  const plainFfn = isPlain(ffn, 'dense') && Object.keys(ffn.activation.args).length === 0;
  const plainHead = head === undefined || isPlain(head, 'vocabulary');
  const description = {
    name: others.name,
    vocabulary: others.vocabulary,
    width: others.width,
    heads: others.heads,
    ffn: plainFfn ? { width: ffn.width, activation: ffn.activation.kind } : ffn,
    norm: isPlain(norm, 'layer') ? norm.place : norm,
    dropout: others.dropout,
    encoder: others.encoder,
    ...(decoder && { decoder: decoderText(decoder) }),
    ...(!plainHead && { head }),
    shareEmbeddings: others.shareEmbeddings,
  };
  return JSON.stringify(description, (key, value: unknown) => (key === 'span' ? undefined : value));
}

const decoderText = ({ positions, attention, crossAttention, layers, target }: DecoderSpec): object => ({
  positions,
  ...(!isPlain(attention, 'full') && { attention }),
  ...(!isPlain(crossAttention, 'full') && { crossAttention }),
  layers,
  target,
});

export function metadataOf(
  info: Omit<ArtifactInfo, 'source' | 'spec'> & { readonly spec: ModelSpec },
  source: Source,
): Record<string, string> {
  const entries: Readonly<Record<string, string>> = {
    model: info.model,
    entry: info.entry,
    version: info.version,
    compat: info.compat,
    target: info.target,
    precision: info.precision,
    ...(info.error && { error_max: String(info.error.max), error_mean: String(info.error.mean) }),
    weights: info.weights,
    random: String(info.random),
    tokenizer: info.tokenizer,
    pad: String(info.ids.pad),
    eos: String(info.ids.eos),
    beam: String(info.search.beam),
    returned: String(info.search.returned),
    no_repeat_ngram: String(info.search.noRepeatNgram),
    parameters: String(info.parameters),
    spec: specText(info.spec),
    source: source.text,
    source_sha256: sha256HexOf(source.text),
  };
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [PREFIX + key, value]));
}

/** As the language has it for lengths and vocabularies: 16 Mi. */
const MOST = 1 << 24;

/** Its message: what the field is. */
class Untrue extends Error {}

function numberIn(value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most)
    return value;
  throw new Untrue('is not what it can be');
}

function objectIn(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Untrue('is not what it can be');
  return value as Readonly<Record<string, unknown>>;
}

function specIn(text: string): ArtifactSpec {
  const spec = objectIn(JSON.parse(text));
  const decoder = spec.decoder === undefined ? undefined : objectIn(spec.decoder);
  return {
    vocabulary: numberIn(spec.vocabulary, 1, MOST),
    encoder: { length: numberIn(objectIn(spec.encoder).length, 1, MOST) },
    ...(decoder && { decoder: { target: numberIn(decoder.target, 1, MOST) } }),
  };
}

/** What an artifact says of itself, or why it cannot be believed. */
export type Told = { readonly info: ArtifactInfo } | { readonly damage: string };

/** The artifact's own words, fit for a terminal. */
export function readMetadata(metadata: Readonly<Record<string, string>>): Told {
  const raw = (key: string): string => metadata[PREFIX + key] ?? '';
  const missing = REQUIRED.filter((key) => raw(key) === '');
  if (missing.length > 0)
    return {
      damage: `${missing.map((key) => PREFIX + key).join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing`,
    };
  const text = (key: string): string => printable(raw(key)).replaceAll('\n', ' ');
  /** Field by field, so that the one that cannot be is named. */
  const field = <T>(key: string, read: (value: string) => T): T => {
    try {
      return read(raw(key));
    } catch (error) {
      if (error instanceof Untrue) throw new Untrue(`${PREFIX}${key} ${error.message}`);
      if (error instanceof SyntaxError) throw new Untrue(`${PREFIX}${key} is no JSON`);
      throw error;
    }
  };
  const whole = (key: string, least: number, most: number, otherwise?: number): number =>
    field(key, (value) => {
      if (value === '' && otherwise !== undefined) return otherwise;
      return numberIn(/^\d{1,16}$/.test(value) ? Number(value) : Number.NaN, least, most);
    });
  const measure = (key: string): number =>
    field(key, (value) => {
      if (value === '' || !Number.isFinite(Number(value)) || Number(value) < 0)
        throw new Untrue(value === '' ? 'is missing' : 'is not what it can be');
      return Number(value);
    });
  try {
    const spec = field('spec', specIn);
    const entry = field('entry', (value) => {
      const found = ENTRY_NAMES.find((name) => name === value);
      if (!found) throw new Untrue('names no entry');
      if (found !== 'encode' && !spec.decoder) throw new Untrue('needs a decoder, and the model has none');
      return found;
    });
    const id = (key: 'pad' | 'eos'): number => whole(key, 0, spec.vocabulary - 1, FAIRSEQ_SPECIAL[key]);
    const beam = whole('beam', 1, MOST_BEAMS, GREEDY.beam);
    const info: ArtifactInfo = {
      model: text('model'),
      entry,
      version: text('version'),
      compat: text('compat'),
      target: text('target'),
      precision: text('precision') || 'fp32',
      ...(raw('error_max') !== '' && { error: { max: measure('error_max'), mean: measure('error_mean') } }),
      weights: text('weights'),
      random: raw('random') === 'true',
      tokenizer: text('tokenizer'),
      ids: { pad: id('pad'), eos: id('eos') },
      search: {
        beam,
        returned: whole('returned', 1, beam, GREEDY.returned),
        noRepeatNgram: whole('no_repeat_ngram', 0, MOST_NGRAM, GREEDY.noRepeatNgram),
      },
      parameters: whole('parameters', 0, Number.MAX_SAFE_INTEGER),
      spec,
      source: raw('source'),
    };
    return { info };
  } catch (error) {
    if (error instanceof Untrue) return { damage: error.message };
    throw error;
  }
}

/** Undefined when the model was not made by Benben, or when what it says cannot be. */
export function infoFrom(metadata: Readonly<Record<string, string>>): ArtifactInfo | undefined {
  const told = readMetadata(metadata);
  return 'info' in told ? told.info : undefined;
}

/**
 * What is wrong with the metadata of a file that Benben made, or that says so in any of them; undefined where
 * nothing is, or somebody else made it.
 */
export function damageOf(
  producer: string | null | undefined,
  metadata: Readonly<Record<string, string>>,
): string | undefined {
  const ours = producer === PRODUCER || Object.keys(metadata).some((key) => key.startsWith(PREFIX));
  const told = readMetadata(metadata);
  return ours && 'damage' in told ? told.damage : undefined;
}
