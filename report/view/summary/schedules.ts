/** The table of layers for models that do not fit beside each other: a row for each model. */
import type { SummarizedModel } from '../../document.ts';
import { exact, share, short } from '../numbers.ts';
import type { Section } from '../section.ts';
import { shorten } from '../table.ts';
import { nameOf } from './quantity_rows.ts';

const SCHEDULE = 36;

/** `8,192 × 2, 2,048, 512 × 3 → 256`. */
export function scheduleText({ report: { encoder } }: SummarizedModel): string {
  const runs: { readonly rows: number; count: number }[] = [];
  for (const { consumes } of encoder.layers) {
    const last = runs.at(-1);
    if (last?.rows === consumes) last.count++;
    else runs.push({ rows: consumes, count: 1 });
  }
  const texts = runs.map(({ rows, count }) => (count > 1 ? `${exact(rows)} × ${count}` : exact(rows)));
  const [last, memory] = [runs.at(-1)?.rows, encoder.layers.at(-1)?.emits];
  const end = memory !== undefined && memory !== last ? ` → ${exact(memory)}` : '';
  return shorten(`${texts.join(', ')}${end}`, SCHEDULE);
}

/** The encoder layer that costs most, with its share of all multiplications. */
function costliest({ report: { encoder, macs } }: SummarizedModel): string {
  let most = 0;
  encoder.layers.forEach((layer, i) => {
    if (layer.macs.total.count > encoder.layers[most]!.macs.total.count) most = i;
  });
  const { count } = encoder.layers[most]!.macs.total;
  return `${most + 1}: ${short(count)}, ${share(count, macs.count)}`;
}

export const schedulesTable = (models: readonly SummarizedModel[]): Section => ({
  title: 'Layers',
  head: ['model', 'encoder', 'decoder', 'encoder layers read', 'costliest of them'],
  rows: models.map((model) => [
    nameOf(model.report),
    exact(model.report.encoder.layers.length),
    model.report.decoder ? exact(model.report.decoder.layers.length) : '–',
    scheduleText(model),
    costliest(model),
  ]),
  right: [1, 2],
  notes: ['`--model` shows every layer of one model, and `--full` the layers of all models.'],
});
