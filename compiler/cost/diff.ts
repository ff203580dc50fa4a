/** What changed between two models: the fields that differ, and every quantity of a budget that does. */
import type { KindSignature } from '../../dsl/kinds.ts';
import { spell } from '../../dsl/numbers.ts';
import { QUANTITIES } from '../../dsl/quantities.ts';
import type { EncoderLayerSpec, ModelSpec } from '../../dsl/spec.ts';
import { KINDS } from '../kinds/index.ts';
import { type Footprint, QUANTITY_VALUES } from './budget_quantities.ts';
import { compare, type Rational } from './fractions.ts';
import { kindText, type ModelReport, reportOf } from './report.ts';

export interface FieldChange {
  readonly field: string;
  /** As the source would say it; null where the field is not there. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface QuantityChange {
  readonly quantity: string;
  readonly bytes: boolean;
  readonly before: Rational;
  readonly after: Rational;
}

export interface ModelDiff {
  readonly fields: readonly FieldChange[];
  readonly quantities: readonly QuantityChange[];
}

/** `8k x 2, 2k -> 512`. */
function scheduleText({ layers, memory }: ModelSpec['encoder']): string {
  const runs: { readonly length: number; count: number }[] = [];
  for (const { consumes: length } of layers) {
    const last = runs.at(-1);
    if (last?.length === length) last.count++;
    else runs.push({ length, count: 1 });
  }
  const text = runs.map(({ length, count }) => (count > 1 ? `${spell(length)} x ${count}` : spell(length)));
  const end = memory === layers.at(-1)!.consumes ? '' : ` -> ${spell(memory)}`;
  return `${text.join(', ')}${end}`;
}

/** One text where all layers that have it agree; else each layer's own. */
function ofLayers(
  layers: readonly EncoderLayerSpec[],
  textOf: (layer: EncoderLayerSpec) => string | null,
): string | null {
  const texts = layers.map(textOf);
  const said = [...new Set(texts.filter((text) => text !== null))];
  if (said.length <= 1) return said[0] ?? null;
  return texts.flatMap((text, i) => (text === null ? [] : [`layer ${i + 1}: ${text}`])).join(', ');
}

const kind = (spec: Parameters<typeof kindText>[0], kinds: readonly KindSignature[]): string =>
  kindText(spec, kinds);

/** Every field of a model as its source could say it. */
const FIELDS: Readonly<Record<string, (spec: ModelSpec) => string | null>> = {
  vocabulary: ({ vocabulary }) => spell(vocabulary),
  width: ({ width }) => String(width),
  heads: ({ heads }) => String(heads),
  ffn: ({ ffn }) => `${ffn.width} ${ffn.activation}`,
  norm: ({ norm }) => norm,
  dropout: ({ dropout }) => String(dropout),
  'share embeddings': ({ decoder, shareEmbeddings }) => (decoder ? String(shareEmbeddings) : null),
  'encoder schedule': ({ encoder }) => scheduleText(encoder),
  'encoder attention': ({ encoder }) =>
    ofLayers(encoder.layers, ({ attention }) => kind(attention, KINDS.attention)),
  'encoder pool': ({ encoder }) =>
    ofLayers(encoder.layers, ({ pool }) =>
      pool ? `${kind(pool, KINDS.pool)} by ${kind(pool.scorer, KINDS.scorer)}` : null,
    ),
  'encoder positions': ({ encoder }) => kind(encoder.positions, KINDS.positions),
  'decoder layers': ({ decoder }) => (decoder ? String(decoder.layers) : null),
  'decoder target': ({ decoder }) => (decoder ? spell(decoder.target) : null),
  'decoder positions': ({ decoder }) => (decoder ? kind(decoder.positions, KINDS.positions) : null),
};

/** Each at its model's own lengths, one document, float32. */
function quantitiesOf(spec: ModelSpec, footprint: Footprint): (name: string) => Rational {
  const report: ModelReport = reportOf(spec);
  return (name) => QUANTITY_VALUES[name]!({ report, precision: 'fp32', footprint }).total;
}

export const changedFields = (before: ModelSpec, after: ModelSpec): readonly FieldChange[] =>
  Object.entries(FIELDS).flatMap(([field, textOf]) => {
    const [old, now] = [textOf(before), textOf(after)];
    return old === now ? [] : [{ field, before: old, after: now }];
  });

export function diffModels(before: ModelSpec, after: ModelSpec, footprint: Footprint): ModelDiff {
  const fields = changedFields(before, after);
  if (fields.length === 0) return { fields, quantities: [] };
  const [old, now] = [quantitiesOf(before, footprint), quantitiesOf(after, footprint)];
  const quantities = Object.entries(QUANTITIES).flatMap(
    ([quantity, { measures }]): readonly QuantityChange[] => {
      const change = { quantity, bytes: measures === 'bytes', before: old(quantity), after: now(quantity) };
      return compare(change.before, change.after) === 0 ? [] : [change];
    },
  );
  return { fields, quantities };
}
