/**
 * Writes and reads the metadata of an artifact. The reader does not trust the file, which may come from anybody: it
 * takes only the fields that the runtime uses, and checks the range of each.
 */
import { sha256HexOf } from '../compiler/ir/sha256.ts';
import type { Entry } from '../compiler/model/index.ts';
import { FAIRSEQ_SPECIAL, GREEDY, type SearchSettings, type SpecialIds } from '../compiler/model/lowering.ts';
import type { Source } from '../dsl/diagnostics.ts';
import { printable } from '../dsl/printable.ts';
import type { DecoderSpec, KindSpec, ModelSpec } from '../dsl/spec.ts';
import { MOST_BEAMS, MOST_NGRAM } from './constants.ts';
import { ENTRY_NAMES } from './entry_ports.ts';

/** The part of a ModelSpec that a runtime needs. */
export interface ArtifactSpec {
  readonly vocabulary: number;
  readonly encoder: { readonly length: number };
  readonly decoder?: { readonly target: number };
}

/** The metadata of an artifact. Their keys in the file have the prefix `benben.`. */
export interface ArtifactInfo {
  readonly model: string;
  readonly entry: Entry;
  readonly version: string;
  readonly compat: string;
  readonly target: string;
  /** The precision of the weights; `fp32` if the artifact does not state it. */
  readonly precision: string;
  /** The opset that the model was compiled for; undefined if Benben chose it. */
  readonly opset?: number;
  /** The oldest ONNX Runtime that runs the artifact, as `1.minor`; undefined if the artifact does not state it. */
  readonly onnxRuntime?: string;
  /** The error of a quantised model against the same model in float32, measured when it was compiled. */
  readonly error?: { readonly max: number; readonly mean: number };
  /** The origin of the weights. */
  readonly weights: string;
  /** True if the weights are random, so that the model is untrained. */
  readonly random: boolean;
  readonly tokenizer: string;
  /** The ids that the graph uses for padding and for the end of a text. */
  readonly ids: SpecialIds;
  /** The settings of the search. Artifacts that are older than Benben's beam search are greedy. */
  readonly search: SearchSettings;
  readonly parameters: number;
  readonly spec: ArtifactSpec;
  readonly source: string;
}

const PREFIX = 'benben.';
const PRODUCER = 'benben';

/** The keys that every artifact must have. Each of the other keys has a default. */
const REQUIRED = ['entry', 'spec', 'parameters'] as const;

const isPlain = ({ kind, args }: KindSpec, name: string): boolean =>
  kind === name && Object.keys(args).length === 0;

/**
 * Writes the description of the model. For some parts, such as norms and a decoder's attention, older versions had only
 * one kind. A part of that kind is written as older versions did, so that artifacts keep their bytes and older readers
 * understand them. Spans are left out, because the reader of the artifact may not have the source.
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
    ...(info.opset !== undefined && { opset: String(info.opset) }),
    ...(info.onnxRuntime !== undefined && { onnx_runtime: info.onnxRuntime }),
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

/** The largest length or vocabulary that the language allows: 16 Mi. */
const MOST = 1 << 24;
/** More than any opset there will be. */
const MOST_OPSET = 1000;

/**
 * The error for a field with an impossible value. Its message completes a sentence that begins with the field's name.
 */
class Untrue extends Error {}

function numberIn(value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most)
    return value;
  throw new Untrue('has an impossible value');
}

function versionIn(value: string): string {
  if (!/^\d{1,3}\.\d{1,4}$/.test(value)) throw new Untrue('is not a version');
  return value;
}

function objectIn(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Untrue('has an impossible value');
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

/** The metadata of an artifact, or a description of what is wrong with them. */
export type MetadataReading = { readonly info: ArtifactInfo } | { readonly damage: string };

/** Reads the metadata of an artifact. Control characters in its texts are replaced, so that they are safe to print. */
export function readMetadata(metadata: Readonly<Record<string, string>>): MetadataReading {
  const raw = (key: string): string => metadata[PREFIX + key] ?? '';
  const missing = REQUIRED.filter((key) => raw(key) === '');
  if (missing.length > 0)
    return {
      damage: `${missing.map((key) => PREFIX + key).join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing`,
    };
  const text = (key: string): string => printable(raw(key)).replaceAll('\n', ' ');
  /** Reads one field, and names it in the error if its value is impossible. */
  const field = <T>(key: string, read: (value: string) => T): T => {
    try {
      return read(raw(key));
    } catch (error) {
      if (error instanceof Untrue) throw new Untrue(`${PREFIX}${key} ${error.message}`);
      if (error instanceof SyntaxError) throw new Untrue(`${PREFIX}${key} is not JSON`);
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
        throw new Untrue(value === '' ? 'is missing' : 'has an impossible value');
      return Number(value);
    });
  try {
    const spec = field('spec', specIn);
    const entry = field('entry', (value) => {
      const found = ENTRY_NAMES.find((name) => name === value);
      if (!found) throw new Untrue('is not the name of an entry');
      if (found !== 'encode' && !spec.decoder) throw new Untrue('needs a decoder, but the model has none');
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
      ...(raw('opset') !== '' && { opset: whole('opset', 1, MOST_OPSET) }),
      ...(raw('onnx_runtime') !== '' && { onnxRuntime: field('onnx_runtime', versionIn) }),
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

/** The metadata of an artifact, or undefined if it was not made by Benben or has impossible metadata. */
export function infoFrom(metadata: Readonly<Record<string, string>>): ArtifactInfo | undefined {
  const reading = readMetadata(metadata);
  return 'info' in reading ? reading.info : undefined;
}

/**
 * Describes what is wrong with the metadata of a file that names Benben as its producer or has any `benben.` key.
 * Undefined if nothing is wrong, or if another program made the file.
 */
export function damageOf(
  producer: string | null | undefined,
  metadata: Readonly<Record<string, string>>,
): string | undefined {
  const ours = producer === PRODUCER || Object.keys(metadata).some((key) => key.startsWith(PREFIX));
  const reading = readMetadata(metadata);
  return ours && 'damage' in reading ? reading.damage : undefined;
}
