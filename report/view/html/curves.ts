/** Scaling curves: a cost as a function of a length, with logarithmic axes and one line for each model. */

import { SWEEPS } from '../../sweep.ts';
import { exact, short } from '../numbers.ts';
import { fixed, type Html, html, raw } from './markup.ts';
import { lengthText, log10 } from './numbers.ts';
import type { Curve, CurvePoint } from './scaling.ts';

type Measure = Exclude<keyof CurvePoint, 'value'>;

interface XY {
  readonly x: number;
  readonly y: number;
}

const FRAME = { left: 52, top: 12, label: 184, bottom: 40 } as const;
/** Charts are side by side. Charts with many lines are larger, and one is below the other. */
const PLOTS = { few: { width: 340, height: 280 }, many: { width: 620, height: 400 } } as const;
const MANY = 6;
/** The least distance between the labels at the ends of lines. */
const LABEL_GAP = 15;
/** Names with more characters are shortened. */
const LONGEST_NAME = 24;

/** Colours repeat after eight lines and marks after seven, so the first 56 lines all look different. */
const COLOURS = 8;
const MARKS = [
  'M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z',
  'M-3-3h6v6h-6z',
  'M0-4l4 7h-8z',
  'M0-4.5l4 4.5l-4 4.5l-4-4.5z',
  'M0 4l4-7h-8z',
  'M-4-1.5h2.5v-2.5h3v2.5h2.5v3h-2.5v2.5h-3v-2.5h-2.5z',
  'M-4.5-2h9v4h-9z',
] as const;

/** The definitions of the marks, which a page needs once. */
export const marks = (): Html => html`${MARKS.map((d, i) => html`<path id="mark-${i}" d="${d}"/>`)}`;

const markAt = (index: number, { x, y }: XY): Html =>
  html`href="#mark-${index % MARKS.length}" x="${fixed(x)}" y="${fixed(y)}"`;

/** Moves labels apart and keeps their order, so that they do not overlap and stay between `top` and `bottom`. */
export function apart(
  wanted: readonly number[],
  gap: number,
  top: number,
  bottom: number,
): readonly number[] {
  const placed: number[] = [];
  for (const y of wanted) placed.push(Math.max(y, (placed.at(-1) ?? top - gap) + gap));
  for (let i = placed.length - 1, limit = bottom; i >= 0; i--, limit = placed[i + 1]! - gap)
    placed[i] = Math.min(placed[i]!, limit);
  return placed;
}

interface Axes {
  readonly width: number;
  readonly height: number;
  readonly x: (value: number) => number;
  readonly y: (count: bigint) => number;
  /** The marked values of the horizontal axis. */
  readonly values: readonly number[];
  /** The marked powers of ten of the vertical axis. */
  readonly powers: readonly number[];
}

/** The powers of two that are marked: at most nine. */
function ticks(first: number, last: number): readonly number[] {
  const [from, to] = [Math.ceil(first), Math.floor(last)];
  const step = Math.max(1, Math.ceil((to - from) / 8));
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => 2 ** (from + i * step));
}

function axesOf(lines: readonly Curve[], measure: Measure): Axes {
  const plot = lines.length > MANY ? PLOTS.many : PLOTS.few;
  const height = Math.max(plot.height, lines.length * LABEL_GAP);
  const points = lines.flatMap((line) => line.points);
  const values = [...new Set(points.map(({ value }) => value))].sort((a, b) => a - b);
  const [first, last] = [Math.log2(values[0]!), Math.log2(values.at(-1)!)];
  const logs = points.map((point) => log10(point[measure]));
  const [low, high] = [Math.floor(Math.min(...logs)), Math.ceil(Math.max(...logs) + 1e-9)];
  const across = Math.max(1, last - first);
  return {
    width: plot.width,
    height,
    x: (value) => FRAME.left + (plot.width * (Math.log2(value) - first)) / across,
    y: (count) => FRAME.top + (height * (high - log10(count))) / (high - low),
    values: ticks(first, last),
    powers: Array.from({ length: high - low + 1 }, (_, i) => low + i),
  };
}

function grid({ width, height, x, y, values, powers }: Axes, along: string): Html {
  const bottom = FRAME.top + height;
  const rows = powers.map((power) => {
    const at = fixed(y(10n ** BigInt(power)));
    return html`<path class="gridline" d="M${FRAME.left} ${at}h${width}"/><text class="tick" x="${FRAME.left - 7}" y="${at}" dy="0.35em" text-anchor="end">${short(10n ** BigInt(power)).replace(/\.0+/, '')}</text>`;
  });
  const columns = values.map((value) => {
    const at = fixed(x(value));
    return html`<path class="gridline" d="M${at} ${FRAME.top}v${height}"/><text class="tick" x="${at}" y="${bottom + 16}" text-anchor="middle">${lengthText(value)}</text>`;
  });
  return html`<g aria-hidden="true">${rows}${columns}<text class="axis" x="${FRAME.left + width / 2}" y="${bottom + 34}" text-anchor="middle">${along}</text></g>`;
}

const pathOf = (points: readonly XY[]): string =>
  points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${fixed(x)} ${fixed(y)}`).join('');

function line(
  { name, symbol, longest, points }: Curve,
  index: number,
  measure: Measure,
  axes: Axes,
  labelY: number,
): Html {
  const seen = points.filter((point) => point[measure] > 0n);
  if (seen.length === 0) return raw('');
  const at = (point: CurvePoint): XY => ({ x: axes.x(point.value), y: axes.y(point[measure]) });
  const own = longest ?? Number.POSITIVE_INFINITY;
  const within = seen.filter(({ value }) => value <= own);
  const beyond = seen.filter(({ value }) => value >= own);
  const dots = seen.map((point) => {
    const far = point.value > own;
    const label = `${name} at ${symbol} = ${exact(point.value)}: ${exact(point[measure])} multiplications${far ? `, beyond the model’s own ${exact(own)}` : ''}`;
    return html`<use class="spot mark${far && ' far'}" ${markAt(index, at(point))} role="img" tabindex="0" aria-label="${label}"/>`;
  });
  const end = at(seen.at(-1)!);
  const edge = FRAME.left + axes.width;
  const shown = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
  const leader = `M${fixed(end.x + 6)} ${fixed(end.y)}L${edge + 14} ${fixed(labelY)}H${edge + 20}`;
  return html`<g class="line c${(index % COLOURS) + 1}" data-row><path class="wide" d="${pathOf(seen.map(at))}"/><path class="course" d="${pathOf(within.map(at))}"/><path class="course beyond" d="${pathOf(beyond.map(at))}"/><path class="leader" d="${leader}"/>${dots}<use class="mark sample" aria-hidden="true" ${markAt(index, { x: edge + 26, y: labelY })}/><text class="label" aria-hidden="true" x="${edge + 35}" y="${fixed(labelY)}" dy="0.35em">${shown}</text></g>`;
}

const alongText = ({ symbol }: Curve): string => `${symbol}, ${SWEEPS[symbol].about}`;

/** Draws one chart. A model has the same colour and mark in every chart. */
function chart(lines: readonly Curve[], measure: Measure, title: string): Html {
  const along = alongText(lines[0]!);
  const axes = axesOf(lines, measure);
  const ends = lines
    .map(({ points }, index) => ({ index, y: axes.y(points.at(-1)?.[measure] || 1n) }))
    .sort((a, b) => a.y - b.y);
  const places = apart(
    ends.map(({ y }) => y),
    LABEL_GAP,
    FRAME.top,
    FRAME.top + axes.height,
  );
  const labels = new Map(ends.map(({ index }, i) => [index, places[i]!]));
  const height = FRAME.top + axes.height + FRAME.bottom;
  const width = FRAME.left + axes.width + FRAME.label;
  return html`<figure class="chart"><figcaption>${title}</figcaption><div class="scroll" role="region" tabindex="0" aria-label="${title}"><svg viewBox="0 0 ${width} ${height}" style="--w:${width}px" role="group" aria-label="${title}, by ${along}" data-rove>${grid(axes, along)}${lines.map((each, i) => line(each, i, measure, axes, labels.get(i)!))}</svg></div></figure>`;
}

function table(lines: readonly Curve[], measure: Measure, title: string): Html {
  const values = [...new Set(lines.flatMap(({ points }) => points.map(({ value }) => value)))];
  values.sort((a, b) => a - b);
  const rows = lines.map(({ name, points }) => {
    const by = new Map(points.map((point) => [point.value, point[measure]]));
    return html`<tr><th scope="row">${name}</th>${values.map((value) => html`<td>${by.has(value) ? exact(by.get(value)!) : '–'}</td>`)}</tr>`;
  });
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${title}, table"><table><caption>${title}</caption><thead><tr><th scope="col">${lines[0]!.symbol}</th>${values.map((value) => html`<th scope="col">${exact(value)}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

const isBeyond = ({ longest, points }: Curve): boolean =>
  longest !== null && points.some(({ value }) => value > longest);

const CHARTS: readonly (readonly [Measure, string])[] = [
  ['macs', 'Multiplications in all'],
  ['encoderAttention', 'Multiplications of the encoder’s attention'],
];

/** A list of the lines' names, for windows too narrow to show them beside the lines. */
const names = (lines: readonly Curve[]): Html =>
  html`<ul class="lines" aria-hidden="true">${lines.map(({ name }, i) => html`<li><svg class="c${(i % COLOURS) + 1}" width="12" height="12" viewBox="-6 -6 12 12"><use class="mark" ${markAt(i, { x: 0, y: 0 })}/></svg>${name}</li>`)}</ul>`;

export const curves = (lines: readonly Curve[]): Html =>
  html`<div class="charts${lines.length > MANY && ' many'}">${CHARTS.map(([measure, title]) => chart(lines, measure, title))}</div>${names(lines)}<p class="note">Both axes are logarithmic: a quadratic cost has a line twice as steep as a linear cost. What changes: ${SWEEPS[lines[0]!.symbol].changes}.${lines.some(isBeyond) && ' Dashed lines and hollow marks are beyond the model’s own length.'}</p><details class="unprinted"><summary>The same numbers as tables</summary>${CHARTS.map(([measure, title]) => table(lines, measure, title))}</details>`;
