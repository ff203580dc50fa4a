/**
 * Makes a ModelSpec from settings: fills in defaults and checks that values fit each other. Checks that need an unknown
 * value are skipped. An inherited setting without an effect is not reported. An example is the pooling of a layer after
 * which the schedule no longer drops.
 */
import type { Label, Span } from './diagnostics.ts';
import { MODEL_FIELDS } from './fields.ts';
import { checkKinds, type KindUse } from './fit_kinds.ts';
import { group, spell } from './numbers.ts';
import { problem } from './problem.ts';
import { defaultKind, type KindSlot } from './read_kinds.ts';
import type { LayerSettings, ModelFields, ModelSettings, Reading, Schedule, Setting } from './settings.ts';
import type {
  DecoderSpec,
  EncoderLayerSpec,
  EncoderSpec,
  KindSpec,
  ModelSpec,
  NormSpec,
  PoolSpec,
} from './spec.ts';

/** The data that the functions of this file share. */
interface Model extends Reading {
  readonly settings: ModelSettings;
  /** The span of the model's name. Defaults get this span. */
  readonly at: Span;
  readonly uses: KindUse[];
}

export function complete(settings: ModelSettings, reading: Reading): ModelSpec | undefined {
  const { node, fields, open } = settings;
  const model: Model = { ...reading, settings, at: node.name?.span ?? node.span, uses: [] };
  /** Returns the value of the setting, or the default if the field is not set; undefined if the value is unknown. */
  const value = <T>(setting: Setting<T> | undefined, fallback: T): T | undefined =>
    setting ? setting.value : open ? undefined : fallback;

  const vocabulary = value(fields.vocabulary, 32_000);
  const width = value(fields.width, 512);
  const heads = value(fields.heads, 8);
  const ffn = value(fields.ffn, defaultFfn(model));
  const norm = value<NormSpec>(fields.norm, { ...defaultKind('norm', model.at, model), place: 'post' });
  const dropout = value(fields.dropout, 0.1);
  const encoder = completeEncoder(model);
  const decoder = completeDecoder(model, value);
  const share = sharing(model, decoder);
  const head = value(fields.head, decoder ? defaultKind('head', model.at, model) : null);
  useParts(model, { ffn, norm, head }, encoder, decoder);

  if (width !== undefined && heads !== undefined && width % heads !== 0)
    headsDoNotDivide(model, width, heads);
  // An unknown size is replaced by one that every kind accepts, so that the other conditions are still checked.
  const sizes = { width: width ?? 512, heads: heads ?? 8, decodes: decoder !== undefined };
  checkKinds(model.uses, sizes, fields.width, node, model);

  if (!node.name || !encoder || decoder === 'unknown') return undefined;
  if (vocabulary === undefined || width === undefined || heads === undefined || !ffn) return undefined;
  if (norm === undefined || dropout === undefined || head === undefined) return undefined;
  return {
    name: node.name.text,
    span: node.name.span,
    vocabulary,
    width,
    heads,
    ffn: { ...ffn, width: ffn.width ?? 4 * width },
    norm,
    dropout,
    encoder,
    ...(decoder && { decoder }),
    ...(head && { head }),
    shareEmbeddings: share,
  };
}

const defaultFfn = (model: Model): ModelFields['ffn'] => ({
  ...defaultKind('ffn', model.at, model),
  activation: defaultKind('activation', model.at, model),
});

/**
 * Adds the uses of the kinds that all layers share. These kinds are checked with the longest text that a layer reads.
 */
function useParts(
  { settings, uses }: Model,
  {
    ffn,
    norm,
    head,
  }: {
    readonly ffn: ModelFields['ffn'] | undefined;
    readonly norm: KindSpec | undefined;
    readonly head: KindSpec | null | undefined;
  },
  encoder: EncoderSpec | undefined,
  decoder: DecoderSpec | 'unknown' | undefined,
): void {
  if (!encoder || decoder === 'unknown') return;
  const place = { length: Math.max(encoder.length, decoder?.target ?? 0) };
  const { fields } = settings;
  const use = (field: KindSlot, spec: KindSpec, setting: Setting<KindSpec> | undefined) =>
    uses.push({ field, spec, setting, place });
  if (ffn) {
    use('ffn', ffn, fields.ffn);
    use('activation', ffn.activation, fields.ffn);
  }
  if (norm) use('norm', norm, fields.norm);
  if (head) use('head', head, fields.head);
}

function headsDoNotDivide({ settings, at, report }: Model, width: number, heads: number): void {
  const { fields, node } = settings;
  const labelOf = (setting: Setting<number> | undefined, text: string) =>
    setting ? [{ label: { span: setting.span, text }, own: setting.owner === node }] : [];
  const labels = [
    ...labelOf(fields.heads, `${group(heads)} heads`),
    ...labelOf(fields.width, `a width of ${group(width)}`),
  ]
    .sort((a, b) => Number(b.own) - Number(a.own))
    .map(({ label }) => label);
  const divisors = [-1, 1].flatMap((step) => {
    for (let h = heads + step; h > 0 && h <= Math.min(width, heads * 2); h += step)
      if (width % h === 0) return [h];
    return [];
  });
  const near = divisors.map((h) => `\`heads ${h}\``).join(' or ');
  const byDefault = [fields.heads ? [] : ['heads'], fields.width ? [] : ['width']].flat();
  const note = byDefault.map(
    (name) => `\`${name}\` is ${MODEL_FIELDS[name as 'heads' | 'width'].default} by default`,
  );
  const help = [...(near === '' ? [] : [`write ${near}`]), ...note].join('; ');
  report(
    problem(
      'D205',
      `${group(heads)} heads do not divide a width of ${group(width)}`,
      labels.length > 0 ? labels : [{ span: at, text: '' }],
      help === '' ? undefined : help,
    ),
  );
}

/** Returns the kind of the setting, or the table's default if the field is not set; undefined if it is unknown. */
function kindOr<K extends KindSpec>(
  model: Model,
  setting: Setting<K> | undefined,
  fallback: () => K,
): K | undefined {
  if (setting) return setting.value;
  return model.settings.open ? undefined : fallback();
}

function completeEncoder(model: Model): EncoderSpec | undefined {
  const { settings, at } = model;
  const { encoder } = settings;
  const schedule = encoder.schedule
    ? encoder.schedule.value
    : settings.open
      ? undefined
      : defaultSchedule(at);
  const positions = kindOr(model, encoder.positions, () => defaultKind('positions', at, model));
  if (schedule) ownLayersExist(model, schedule);
  if (!schedule || !positions) return undefined;
  const length = schedule.layers[0]!.length;
  model.uses.push({ field: 'positions', spec: positions, setting: encoder.positions, place: { length } });
  const layers = schedule.layers.map((_, i) => completeLayer(model, schedule, i));
  const known = layers.filter((layer) => layer !== undefined);
  if (known.length < layers.length) return undefined;
  return { positions, layers: known, length, memory: schedule.memory.length };
}

const defaultSchedule = (span: Span): Schedule => {
  const layer = { length: 2048, span };
  return { layers: [layer, layer], memory: layer };
};

function completeLayer(model: Model, schedule: Schedule, i: number): EncoderLayerSpec | undefined {
  const { settings, at } = model;
  const { length: consumes, span } = schedule.layers[i]!;
  // A schedule that grows has been reported. Here it is treated as if it did not grow.
  const emits = Math.min(consumes, (schedule.layers[i + 1] ?? schedule.memory).length);
  const override = settings.layers.get(i + 1);
  const attentionSetting = override?.fields.attention ?? settings.encoder.attention;
  const attention = kindOr(model, attentionSetting, () => defaultKind('attention', at, model));
  const entry = settings.encoder.schedule && {
    span,
    own: settings.encoder.schedule.owner === settings.node,
    layer: i + 1,
  };
  const use = (
    field: KindSlot,
    spec: KindSpec,
    setting: Setting<KindSpec> | undefined,
    more: Omit<KindUse['place'], 'length'> = {},
  ) =>
    model.uses.push({
      field,
      spec,
      setting,
      place: { length: consumes, ...more },
      ...(entry && { entry }),
    });
  if (attention) use('attention', attention, attentionSetting);
  if (emits === consumes) {
    poolsNothing(model, override, i + 1, consumes);
    return attention && { consumes, emits, attention, span };
  }
  const poolSetting = override?.fields.pool ?? settings.encoder.pool;
  const pool = kindOr(model, poolSetting, () => defaultPool(model));
  if (!pool || !attention) return undefined;
  use('pool', pool, poolSetting, { emits });
  const { received } = model.kinds.attention.find(({ name }) => name === attention.kind)!;
  use('scorer', pool.scorer, poolSetting, { received: received !== undefined && received !== null });
  return { consumes, emits, attention, pool, span };
}

const defaultPool = (model: Model): PoolSpec => ({
  ...defaultKind('pool', model.at, model),
  scorer: defaultKind('scorer', model.at, model),
});

function poolsNothing(
  { settings, report }: Model,
  layer: LayerSettings | undefined,
  number: number,
  length: number,
): void {
  const setting = layer?.fields.pool;
  if (!setting || setting.owner !== settings.node) return;
  const schedule = settings.encoder.schedule;
  const labels: Label[] = [
    { span: setting.span, text: `layer ${number} takes and passes on ${spell(length)} representations` },
  ];
  if (schedule) labels.push({ span: schedule.span, text: 'the schedule does not drop after this layer' });
  report(problem('D211', `layer ${number} does not shrink, so its \`pool\` has no effect`, labels));
}

/**
 * Reports each layer that the model itself sets but its schedule does not have. Inherited layers are dropped silently.
 */
function ownLayersExist({ settings, report }: Model, { layers }: Schedule): void {
  const schedule = settings.encoder.schedule;
  for (const [number, layer] of settings.layers) {
    if (number <= layers.length || layer.owner !== settings.node) continue;
    const count = layers.length === 1 ? '1 layer' : `${group(layers.length)} layers`;
    report(
      problem(
        'D208',
        `there is no layer ${number}: the encoder has ${count}`,
        [
          { span: layer.span, text: '' },
          ...(schedule
            ? [
                {
                  span: schedule.span,
                  text: `${count}${schedule.owner === settings.node ? '' : ', inherited'}`,
                },
              ]
            : []),
        ],
        layers.length === 1 ? 'the only layer is `layer 1`' : `the layers are 1 to ${layers.length}`,
      ),
    );
  }
}

type Value = <T>(setting: Setting<T> | undefined, fallback: T) => T | undefined;

function completeDecoder(model: Model, value: Value): DecoderSpec | 'unknown' | undefined {
  const { settings, at, kinds } = model;
  const { decoder } = settings;
  if (decoder === undefined) return settings.open ? 'unknown' : undefined;
  if (decoder === 'none') return undefined;
  const layers = value(decoder.layers, 2);
  const target = value(decoder.target, 512);
  const positions = kindOr(model, decoder.positions, () => {
    const none = kinds.positions.find(({ name }) => name === 'none');
    return none ? { kind: none.name, args: {}, span: at } : defaultKind('positions', at, model);
  });
  const own = kindOr(model, decoder.attention, () => defaultKind('decoderAttention', at, model));
  const cross = kindOr(model, decoder.cross_attention, () => defaultKind('crossAttention', at, model));
  if (layers === undefined || target === undefined || !positions || !own || !cross) return 'unknown';
  const use = (field: KindSlot, spec: KindSpec, setting: Setting<KindSpec> | undefined, length: number) =>
    model.uses.push({ field, spec, setting, place: { length } });
  use('positions', positions, decoder.positions, target);
  use('decoderAttention', own, decoder.attention, target);
  const memory = settings.encoder.schedule?.value?.memory.length;
  use('crossAttention', cross, decoder.cross_attention, memory ?? target);
  return { positions, attention: own, crossAttention: cross, layers, target };
}

function sharing({ settings, report }: Model, decoder: DecoderSpec | 'unknown' | undefined): boolean {
  const { share } = settings.fields;
  if (decoder) return (share ? share.value : 'embeddings') === 'embeddings';
  if (share?.value === 'embeddings' && share.owner === settings.node) {
    report(
      problem('D213', 'there is no decoder to share the embeddings with', [{ span: share.span, text: '' }]),
    );
  }
  return false;
}
