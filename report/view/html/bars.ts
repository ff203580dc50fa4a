/**
 * Stacked bars of the multiplications of each layer by part. All bars on a page have the same scale, unless the bars of
 * a model would be too small to see. Such a model has its own scale, and a note says so.
 */
import { DECODER_PARTS, ENCODER_PARTS } from '../../algebra/parts.ts';
import type { Counted, LayerReport, ModelReport } from '../../report.ts';
import { exact, short } from '../numbers.ts';
import { fixed, type Html, html, raw } from './markup.ts';
import { counted, formula } from './numbers.ts';
import { legend, PARTS } from './parts.ts';

type Parts = Readonly<Record<string, Counted>> & { readonly total: Counted };

interface LayerBar {
  readonly name: string;
  /** A description of the layer. */
  readonly about: string;
  readonly parts: readonly (readonly [keyof typeof PARTS, Counted])[];
  readonly total: Counted;
}

const layerBar = (
  name: string,
  about: string,
  keys: readonly (keyof typeof PARTS)[],
  macs: Parts,
): LayerBar => ({
  name,
  about,
  parts: keys.map((key) => [key, macs[key]!] as const),
  total: macs.total,
});

const aboutLayer = ({ consumes, attention, pool, emits }: LayerReport): string =>
  `${consumes}${pool ? ` → ${emits}` : ''}, ${attention}`;

/** The bars of a model: encoder layers, decoder layers, and the head. */
export function layerBars({ encoder, decoder, lengths }: ModelReport): readonly LayerBar[] {
  const layers = encoder.layers.map((layer, i) =>
    layerBar(`Encoder ${i + 1}`, aboutLayer(layer), ENCODER_PARTS, layer.macs),
  );
  if (!decoder) return layers;
  const keys = DECODER_PARTS.filter((part) => part !== 'head');
  const { head } = decoder.macs;
  return [
    ...layers,
    ...decoder.layers.map((macs, i) => layerBar(`Decoder ${i + 1}`, `${lengths.target} words`, keys, macs)),
    layerBar('Head', `${lengths.target} words`, ['head'], { head, total: head }),
  ];
}

const largest = (rows: readonly LayerBar[]): bigint =>
  rows.reduce((a, { total }) => (total.count > a ? total.count : a), 1n);

export const sharedScale = (reports: readonly ModelReport[]): bigint => largest(reports.flatMap(layerBars));

/** A model gets its own scale if its longest bar is more than this many times shorter than the longest bar on the page. */
const TOO_SMALL = 50n;

const scaleOf = (rows: readonly LayerBar[], shared: bigint): bigint =>
  largest(rows) * TOO_SMALL < shared ? largest(rows) : shared;

const width = (count: bigint, scale: bigint): string => fixed((100 * Number(count)) / Number(scale));

const isSame = (a: LayerBar, b: LayerBar): boolean =>
  a.parts.length === b.parts.length &&
  a.parts.every(([part, { count }], i) => part === b.parts[i]![0] && count === b.parts[i]![1].count);

/** Each part of a bar has its own label. But if a layer is equal to the layer above, the whole bar has one label. */
function bar(report: ModelReport, row: LayerBar, at: number, rows: readonly LayerBar[], scale: bigint): Html {
  const { name, about, parts, total } = row;
  const others = rows.slice(0, at).findLastIndex((above) => !isSame(row, above));
  const first = rows[others + 1]!;
  const same = first !== row;
  const seen = parts.filter(([, { count }]) => count > 0n);
  const segments = seen.map(([part, count]) => {
    const label = `${name}, ${PARTS[part].name}: ${counted(report, count)} multiplications`;
    const labelled = !same && html` role="img" tabindex="0" aria-label="${label}"`;
    return html`<span class="seg ${PARTS[part].look}${!same && ' spot'}" style="--w:${width(count.count, scale)}"${labelled}></span>`;
  });
  const all = `${name}: like ${first.name}, ${counted(report, total)} multiplications in all`;
  const labelled = same && html` role="img" tabindex="0" aria-label="${all}"`;
  return html`<li data-row><span class="what"><b>${name}</b> ${about}</span><span class="bar"><span class="segs${same && ' spot'}"${labelled}>${segments}</span></span><span class="number">${short(total.count)}</span></li>`;
}

const classOf = (key: string): Html | false => key === 'total' && raw(' class="total"');
const cell = (macs: Parts, key: string): Html => html`<td${classOf(key)}>${exact(macs[key]!.count)}</td>`;

/** Tables of the numbers that the bars show, with the formula of each sum. */
function numbers(report: ModelReport): Html {
  const { encoder, decoder } = report;
  const table = (
    caption: string,
    keys: readonly (keyof typeof PARTS)[],
    rows: readonly (readonly [string, Parts])[],
    sum: Parts,
  ): Html =>
    html`<div class="scroll" role="region" tabindex="0" aria-label="${caption} of ${report.name}"><table><caption>${caption}</caption><thead><tr><th scope="col">Layer</th>${keys.map((key) => html`<th scope="col">${PARTS[key].name}</th>`)}<th scope="col" class="total">total</th></tr></thead><tbody>${rows.map(([name, macs]) => html`<tr><th scope="row">${name}</th>${[...keys, 'total'].map((key) => cell(macs, key))}</tr>`)}</tbody><tfoot><tr><th scope="row">all</th>${[...keys, 'total'].map((key) => cell(sum, key))}</tr><tr><th scope="row">formula</th>${[...keys, 'total'].map((key) => html`<td class="formula">${formula(sum[key]!.formula)}</td>`)}</tr></tfoot></table></div>`;
  return html`<details><summary>The same numbers as tables, with formulas</summary>${table(
    'Encoder, multiplications',
    ENCODER_PARTS,
    encoder.layers.map(({ macs }, i) => [`Encoder ${i + 1}`, macs] as const),
    encoder.macs,
  )}${
    decoder &&
    table(
      'Decoder, multiplications',
      DECODER_PARTS,
      decoder.layers.map((macs, i) => [`Decoder ${i + 1}`, macs] as const),
      decoder.macs,
    )
  }${decoder && html`<p>The paper’s convention, which counts t/2 keys for each word of the decoder’s self-attention, gives ${counted(report, decoder.paperSelfAttention)}.</p>`}</details>`;
}

export function bars(report: ModelReport, shared: bigint): Html {
  const rows = layerBars(report);
  const scale = scaleOf(rows, shared);
  const looks = new Set(
    rows.flatMap(({ parts }) =>
      parts.filter(([, { count }]) => count > 0n).map(([part]) => PARTS[part].look),
    ),
  );
  const own =
    scale === shared
      ? 'The bars of all models on this page have the same scale'
      : 'These bars have their own scale, because they would be too short to see on the scale of the largest model';
  return html`${legend(looks)}<ul class="bars" data-rove aria-label="Multiplications of each layer">${rows.map((row, i) => bar(report, row, i, rows, scale))}</ul><p class="note">${own}; a bar of the full width is ${short(scale)} multiplications. The smallest parts are drawn as hairlines.</p>${numbers(report)}`;
}
