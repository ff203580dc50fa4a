/**
 * The figure of a model draws its attention matrices and poolings to scale, from the document on the left to the decoder
 * on the right, as in the paper's Figure 1. In all figures on a page, the longest side has the same length.
 */
import type { LayerReport, ModelReport } from '../../report.ts';
import { exact, share as percent } from '../numbers.ts';
import { type Html, html } from './markup.ts';
import { counted } from './numbers.ts';
import {
  definitions,
  type Filling,
  fillingOf,
  fillingText,
  matrix,
  POOL_WIDTH,
  rectangle,
  trapezoid,
  triangle,
} from './picture.ts';

/** The width of a page, and the range of a matrix's side, in pixels. */
const PAGE = 1112;
const SIDES = { most: 208, least: 92, step: 4 } as const;
const GAP = 10;
/** The width of a caption. */
const CAPTION = 76;

/** The number of tokens that the longest side in the figure shows. */
const longestOf = ({ encoder, lengths }: ModelReport): number =>
  Math.max(1, lengths.target, ...encoder.layers.map(({ consumes }) => consumes));

interface Grid {
  readonly columns: number;
  readonly rows: number;
  /** How many layers are drawn: all of them, unless the page is too narrow. */
  readonly shown: number;
}

/** Arranges the decoder layers in columns that are at most as high as a side. */
function decoderGrid(report: ModelReport, side: number): Grid {
  const { spec, lengths } = report;
  const scale = side / longestOf(report);
  const layers = spec.decoder?.layers ?? 0;
  const memory = report.encoder.layers.at(-1)?.emits ?? 0;
  const most = Math.max(1, Math.min(layers, Math.floor(side / (lengths.target * scale + 5))));
  const width = (lengths.target + memory) * scale + 4 + GAP;
  const columns = Math.max(1, Math.min(Math.ceil(layers / most), Math.floor(PAGE / width)));
  const rows = Math.min(most, Math.ceil(layers / columns));
  return { rows, columns, shown: Math.min(layers, rows * columns) };
}

function widthAt(report: ModelReport, side: number): number {
  const scale = side / longestOf(report);
  const item = (width: number): number => Math.max(CAPTION, width) + GAP;
  const layers = report.encoder.layers.map(
    ({ consumes, pool }) => item(consumes * scale) + (pool ? item((POOL_WIDTH * side) / 1000) : 0),
  );
  const { columns } = decoderGrid(report, side);
  const memory = report.encoder.layers.at(-1)?.emits ?? 0;
  const decoder = report.decoder
    ? 24 + Math.max(168, columns * ((report.lengths.target + memory) * scale + 4 + GAP))
    : 0;
  return layers.reduce((a, b) => a + b, decoder);
}

/** The largest side with which every figure fits into one row, or the least side if no side does. */
export function sideFor(reports: readonly ModelReport[]): number {
  let side: number = SIDES.most;
  while (side > SIDES.least && reports.some((report) => widthAt(report, side) > PAGE)) side -= SIDES.step;
  return side;
}

/** How many matrices of one kind there are: heads times documents. */
const copiesOf = ({ spec, lengths }: ModelReport): bigint => BigInt(spec.heads) * BigInt(lengths.batch);

const captionOf = (filling: Filling, { attention }: LayerReport): string =>
  filling.kind === 'blocks' ? `blocks of ${filling.block}` : attention;

function layerItem(layer: LayerReport, index: number, report: ModelReport, longest: number): Html {
  const { consumes: n } = layer;
  const copies = copiesOf(report);
  const filling = fillingOf(layer, report.spec.encoder.layers[index]!, copies);
  const share = percent(layer.entries.count, BigInt(n) * BigInt(n) * copies);
  const text = `Layer ${index + 1}: ${layer.attention} over ${n} × ${n}, ${fillingText(filling, n)} (${share}). Entries with all heads: ${counted(report, layer.entries)}`;
  return html`<li><span class="stage">${matrix({ filling, n }, longest, text)}</span><span class="caption"><b>Layer ${index + 1}</b><span>${n} × ${n}</span><span>${captionOf(filling, layer)}</span></span></li>`;
}

function poolItem(layer: LayerReport, index: number, report: ModelReport, longest: number): Html | false {
  const { consumes, emits, pool, scorer, macs } = layer;
  if (pool === null) return false;
  const text = `Pooling after layer ${index + 1}: ${pool} by ${scorer}, ${consumes} rows become ${emits}. Multiplications: scoring ${counted(report, macs.score)}, pooling ${counted(report, macs.pool)}`;
  return html`<li class="pooling"><span class="stage">${trapezoid(consumes, emits, longest, text)}</span><span class="caption"><b>${pool}</b><span>by ${scorer}</span><span>${consumes} → ${emits}</span></span></li>`;
}

function decoderPart(report: ModelReport, side: number, longest: number): Html | false {
  const { decoder, lengths, spec } = report;
  if (!decoder || !spec.decoder) return false;
  const [t, k, layers] = [lengths.target, report.encoder.layers.at(-1)!.emits, spec.decoder.layers];
  const { rows, shown } = decoderGrid(report, side);
  const one = decoder.layers[0]!;
  const self = `Causal self-attention of each decoder layer: ${t} × ${t}, word i sees the words up to i. Multiplications: ${counted(report, one.selfAttention)}`;
  const cross = `Cross-attention of each decoder layer: ${t} words × ${k} representations. Multiplications: ${counted(report, one.crossAttention)}`;
  const cell = (_: unknown, i: number): Html =>
    html`<span class="pair">${triangle({ width: t, height: t, longest, text: i === 0 ? self : null })}${rectangle({ width: k, height: t, longest, text: i === 0 ? cross : null })}</span>`;
  const drawn =
    shown < layers
      ? `${shown} of ${layers} layers drawn`
      : layers === 1
        ? '1 layer'
        : `${layers} layers, all alike`;
  return html`<div class="stack"><h3 class="side">Decoder</h3><div class="flow"><div><span class="stage"><span class="decoder" style="--rows:${rows}">${Array.from({ length: shown }, cell)}</span></span><span class="caption"><b>${drawn}</b><span>causal ${t} × ${t}</span><span>cross ${t} × ${k}</span></span></div></div></div>`;
}

/** The bar that shows the scale. Its length in tokens is a power of two, about a quarter of the longest side. */
function ruler(longest: number): Html {
  const tokens = Math.max(1, 2 ** Math.floor(Math.log2(longest / 3)));
  return html`<p class="ruler"><span class="rule" style="--w:${Math.round((1000 * tokens) / longest)}" aria-hidden="true"></span>Scale: the bar is ${tokens === 1 ? '1 token' : `${tokens} tokens`} long.</p>`;
}

/** The definitions that the figures use, which a page needs once. */
export const pictures = (reports: readonly ModelReport[]): Html =>
  definitions(
    reports.flatMap((report) =>
      report.encoder.layers.map((layer, i) => ({
        filling: fillingOf(layer, report.spec.encoder.layers[i]!, copiesOf(report)),
        n: layer.consumes,
      })),
    ),
  );

export function figure(report: ModelReport, number: number, side: number): Html {
  const longest = longestOf(report);
  const { layers } = report.encoder;
  const items = layers.map(
    (layer, i) => html`${layerItem(layer, i, report, longest)}${poolItem(layer, i, report, longest)}`,
  );
  const perHead = report.entries.count / copiesOf(report);
  return html`<figure class="matrices" style="--full:${side}px"><div class="stacks" data-rove><div class="stack"><h3 class="side">Encoder</h3><ol class="flow">${items}</ol></div>${decoderPart(report, side, longest)}</div>
${ruler(longest)}
<figcaption><b>Figure ${number}.</b> Attention matrices of ${report.name}, to scale: rows are queries, columns are keys. Filled entries are computed: ${exact(perHead)} in each head, including those that a causal mask hides. With full attention over ${longest} tokens in every layer, the encoder alone would compute ${exact(BigInt(layers.length) * BigInt(longest) ** 2n)} entries in each head.${report.encoder.layers.some(({ pool }) => pool) && ' Trapezoids are poolings, with the rows before the pooling on the left, and the rows after the pooling on the right.'}</figcaption></figure>`;
}
