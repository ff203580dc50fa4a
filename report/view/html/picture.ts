/**
 * Pictures of attention matrices and poolings in units of tokens: an n × n matrix is n units wide, so equal areas show
 * equal numbers of entries. CSS gives each picture its size as a share of the page's longest side.
 */

import { KINDS, kindNamed } from '../../../compiler/model/kinds/index.ts';
import type { EncoderLayerSpec } from '../../../dsl/spec.ts';
import type { LayerReport } from '../../report.ts';
import { fixed, type Html, html } from './markup.ts';

/** Which entries of a layer's n × n matrix are computed. */
export type Filling =
  | { readonly kind: 'full' }
  | { readonly kind: 'blocks'; readonly block: number }
  /** Some entries are computed, but the kind of attention does not say which. */
  | { readonly kind: 'some' };

/** More blocks than this are drawn as a hatched band, because one block would be only about two pixels wide. */
const MOST_BLOCKS = 64;

/** The filling follows from the layer's cost, not from the name of its attention. `copies` is heads times documents. */
export function fillingOf(layer: LayerReport, { attention }: EncoderLayerSpec, copies: bigint): Filling {
  const { consumes: n, entries } = layer;
  const unit = kindNamed(KINDS.attention, attention.kind).independent?.(attention.args);
  if (entries.count === BigInt(n) * BigInt(n) * copies) return { kind: 'full' };
  if (unit === undefined) return { kind: 'some' };
  const inBlocks = BigInt(Math.ceil(n / unit)) * BigInt(unit) ** 2n * copies;
  return entries.count === inBlocks ? { kind: 'blocks', block: unit } : { kind: 'some' };
}

export const fillingText = (filling: Filling, n: number): string => {
  if (filling.kind === 'full') return 'every entry computed';
  if (filling.kind === 'some') return 'some of the entries computed';
  return `${Math.ceil(n / filling.block)} blocks of ${filling.block} × ${filling.block} along the diagonal computed`;
};

/** The outline of the filled area. Blocks lie along the diagonal; the last block may be smaller. */
function outline(filling: Filling, n: number): string {
  if (filling.kind !== 'blocks') return `M0 0H${n}V${n}H0z`;
  const m = filling.block;
  const count = Math.ceil(n / m);
  if (count > MOST_BLOCKS) return `M0 0H${m}L${n} ${n - m}V${n}H${n - m}L0 ${m}z`;
  const square = (side: number): string => `h${side}v${side}h${-side}z`;
  const blocks = Array.from({ length: count - 1 }, () => `${square(m)}m${m} ${m}`);
  return `M0 0${blocks.join('')}${square(n - (count - 1) * m)}`;
}

const isHatched = (filling: Filling, n: number): boolean =>
  filling.kind === 'some' || (filling.kind === 'blocks' && n > MOST_BLOCKS * filling.block);

/** The size of a picture: `longest` tokens are as long as one `--side`. */
const size = (width: number, height: number, longest: number): string =>
  `--w:${fixed((1000 * width) / longest)};--h:${fixed((1000 * height) / longest)}`;

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly longest: number;
  /** The label for screen readers and tooltips; null for a repeated picture. */
  readonly text: string | null;
}

const svg = ({ width, height, longest, text }: Picture, look: string, drawing: Html): Html => {
  const named =
    text === null ? html` aria-hidden="true"` : html` role="img" tabindex="0" aria-label="${text}"`;
  return html`<span class="spot ${text === null ? 'still' : 'pointed'}"${named}><svg class="picture ${look}" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" style="${size(width, height, longest)}" aria-hidden="true">${drawing}</svg></span>`;
};

const frame = (width: number, height: number): Html =>
  html`<path class="frame" d="M0 0H${width}V${height}H0z"/>`;

/** The name under which a picture is defined once on the page and then reused. */
const nameOf = (filling: Filling, n: number): string =>
  `${filling.kind}-${n}${filling.kind === 'blocks' ? `-${filling.block}` : ''}`;

export interface Matrix {
  readonly filling: Filling;
  readonly n: number;
}

/** The definitions that `matrix` refers to, for all matrices on a page. */
export function definitions(matrices: readonly Matrix[]): Html {
  const byName = new Map(matrices.map((each) => [nameOf(each.filling, each.n), each]));
  const drawn = [...byName].map(([name, { filling, n }]) => {
    const hatch = isHatched(filling, n) && html`<path class="hatch" d="${outline(filling, n)}"/>`;
    return html`<g id="${name}">${frame(n, n)}<path class="computed" d="${outline(filling, n)}"/>${hatch}</g>`;
  });
  return html`${drawn}`;
}

export const matrix = ({ filling, n }: Matrix, longest: number, text: string): Html =>
  svg({ width: n, height: n, longest, text }, 'attention', html`<use href="#${nameOf(filling, n)}"/>`);

/** Causal self-attention: word i sees the words up to i. */
export const triangle = (picture: Picture): Html => {
  const { width: t } = picture;
  return svg(picture, 'attention', html`${frame(t, t)}<path class="computed" d="M0 0L${t} ${t}H0z"/>`);
};

export const rectangle = (picture: Picture): Html => {
  const { width, height } = picture;
  return svg(
    picture,
    'cross',
    html`<path class="computed" d="M0 0H${width}V${height}H0z"/>${frame(width, height)}`,
  );
};

/** The width of a pooling in thousandths of a side. This width shows no quantity. */
export const POOL_WIDTH = 160;

/** A pooling from n rows on the left to k on the right. */
export const trapezoid = (n: number, k: number, longest: number, text: string): Html => {
  const width = Math.round((POOL_WIDTH * longest) / 1000);
  const top = (n - k) / 2;
  const outline = `M0 0L${width} ${fixed(top)}V${fixed(top + k)}L0 ${n}z`;
  return svg({ width, height: n, longest, text }, 'pool', html`<path class="computed" d="${outline}"/>`);
};
