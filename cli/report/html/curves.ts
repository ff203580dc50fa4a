/** Scaling curves: a cost against the length of the document, both axes logarithmic, one line for each model. */
import { fixed, type Html, html, raw } from './markup.ts';
import { exact, length as lengthText, log10, short } from './numbers.ts';
import type { Curve, CurvePoint } from './scaling.ts';

export interface Line {
  readonly name: string;
  /** Longest document that the model reads; the line is dashed beyond. */
  readonly longest: number;
  readonly points: Curve;
}

type Measure = Exclude<keyof CurvePoint, 'length'>;

interface XY {
  readonly x: number;
  readonly y: number;
}

const FRAME = { left: 52, top: 12, label: 184, bottom: 40 } as const;
/** Two charts side by side, or, of many lines, larger ones below each other. */
const PLOTS = { few: { width: 340, height: 280 }, many: { width: 620, height: 400 } } as const;
const MANY = 6;
/** Between labels at the lines' ends. */
const LABEL = 15;
const NAME = 24;

/** Colours repeat after eight lines, marks after seven: no two lines share both before the 57th. */
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

/** Stand on the page once. */
export const marks = (): Html => html`${MARKS.map((d, i) => html`<path id="mark-${i}" d="${d}"/>`)}`;

const markAt = (index: number, { x, y }: XY): Html =>
  html`href="#mark-${index % MARKS.length}" x="${fixed(x)}" y="${fixed(y)}"`;

/** Moved apart so that none covers another, in their order, none above `top`. */
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
  readonly x: (length: number) => number;
  readonly y: (count: bigint) => number;
  readonly lengths: readonly number[];
  readonly powers: readonly number[];
}

/** Powers of two, at most nine of them. */
function ticks(first: number, last: number): readonly number[] {
  const [from, to] = [Math.ceil(first), Math.floor(last)];
  const step = Math.max(1, Math.ceil((to - from) / 8));
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => 2 ** (from + i * step));
}

function axesOf(lines: readonly Line[], measure: Measure): Axes {
  const plot = lines.length > MANY ? PLOTS.many : PLOTS.few;
  const height = Math.max(plot.height, lines.length * LABEL);
  const points = lines.flatMap((line) => line.points);
  const lengths = [...new Set(points.map(({ length }) => length))].sort((a, b) => a - b);
  const [first, last] = [Math.log2(lengths[0]!), Math.log2(lengths.at(-1)!)];
  const logs = points.map((point) => log10(point[measure]));
  const [low, high] = [Math.floor(Math.min(...logs)), Math.ceil(Math.max(...logs) + 1e-9)];
  const across = Math.max(1, last - first);
  return {
    width: plot.width,
    height,
    x: (length) => FRAME.left + (plot.width * (Math.log2(length) - first)) / across,
    y: (count) => FRAME.top + (height * (high - log10(count))) / (high - low),
    lengths: ticks(first, last),
    powers: Array.from({ length: high - low + 1 }, (_, i) => low + i),
  };
}

function grid({ width, height, x, y, lengths, powers }: Axes, title: string): Html {
  const bottom = FRAME.top + height;
  const rows = powers.map((power) => {
    const at = fixed(y(10n ** BigInt(power)));
    return html`<path class="gridline" d="M${FRAME.left} ${at}h${width}"/><text class="tick" x="${FRAME.left - 7}" y="${at}" dy="0.35em" text-anchor="end">${short(10n ** BigInt(power)).replace(/\.0+/, '')}</text>`;
  });
  const columns = lengths.map((length) => {
    const at = fixed(x(length));
    return html`<path class="gridline" d="M${at} ${FRAME.top}v${height}"/><text class="tick" x="${at}" y="${bottom + 16}" text-anchor="middle">${lengthText(length)}</text>`;
  });
  return html`<g aria-hidden="true">${rows}${columns}<text class="axis" x="${FRAME.left + width / 2}" y="${bottom + 34}" text-anchor="middle">n, tokens of a document</text><title>${title}</title></g>`;
}

const pathOf = (points: readonly XY[]): string =>
  points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${fixed(x)} ${fixed(y)}`).join('');

function line(
  { name, longest, points }: Line,
  index: number,
  measure: Measure,
  axes: Axes,
  label: number,
): Html {
  const seen = points.filter((point) => point[measure] > 0n);
  if (seen.length === 0) return raw('');
  const at = (point: CurvePoint): XY => ({ x: axes.x(point.length), y: axes.y(point[measure]) });
  const within = seen.filter(({ length }) => length <= longest);
  const beyond = seen.filter(({ length }) => length >= longest);
  const dots = seen.map((point) => {
    const far = point.length > longest;
    return html`<use class="spot mark${far && ' far'}" ${markAt(index, at(point))} role="img" tabindex="0" aria-label="${name} at n = ${point.length}: ${exact(point[measure])} multiplications${far && `, beyond the ${longest} tokens of its schedule`}"/>`;
  });
  const end = at(seen.at(-1)!);
  const edge = FRAME.left + axes.width;
  const shown = name.length > NAME ? `${name.slice(0, NAME - 1)}…` : name;
  const leader = `M${fixed(end.x + 6)} ${fixed(end.y)}L${edge + 14} ${fixed(label)}H${edge + 20}`;
  return html`<g class="line c${(index % COLOURS) + 1}" data-row><path class="wide" d="${pathOf(seen.map(at))}"/><path class="course" d="${pathOf(within.map(at))}"/><path class="course beyond" d="${pathOf(beyond.map(at))}"/><path class="leader" d="${leader}"/>${dots}<use class="mark sample" aria-hidden="true" ${markAt(index, { x: edge + 26, y: label })}/><text class="label" aria-hidden="true" x="${edge + 35}" y="${fixed(label)}" dy="0.35em">${shown}</text></g>`;
}

/** Lines keep the colours and marks of their models in every chart. */
function chart(lines: readonly Line[], measure: Measure, title: string): Html {
  const axes = axesOf(lines, measure);
  const ends = lines
    .map(({ points }, index) => ({ index, y: axes.y(points.at(-1)?.[measure] || 1n) }))
    .sort((a, b) => a.y - b.y);
  const places = apart(
    ends.map(({ y }) => y),
    LABEL,
    FRAME.top,
    FRAME.top + axes.height,
  );
  const labels = new Map(ends.map(({ index }, i) => [index, places[i]!]));
  const height = FRAME.top + axes.height + FRAME.bottom;
  const width = FRAME.left + axes.width + FRAME.label;
  return html`<figure class="chart"><figcaption>${title}</figcaption><div class="scroll" role="region" tabindex="0" aria-label="${title}"><svg viewBox="0 0 ${width} ${height}" style="--w:${width}px" role="group" aria-label="${title}, by the length of the document" data-rove>${grid(axes, title)}${lines.map((each, i) => line(each, i, measure, axes, labels.get(i)!))}</svg></div></figure>`;
}

function table(lines: readonly Line[], measure: Measure, title: string): Html {
  const lengths = [...new Set(lines.flatMap(({ points }) => points.map(({ length }) => length)))].sort(
    (a, b) => a - b,
  );
  const rows = lines.map(({ name, points }) => {
    const by = new Map(points.map((point) => [point.length, point[measure]]));
    return html`<tr><th scope="row">${name}</th>${lengths.map((length) => html`<td>${by.has(length) ? exact(by.get(length)!) : '–'}</td>`)}</tr>`;
  });
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${title}, table"><table><caption>${title}</caption><thead><tr><th scope="col">n</th>${lengths.map((length) => html`<th scope="col">${exact(length)}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

const CHARTS: readonly (readonly [Measure, string])[] = [
  ['macs', 'Multiplications in all'],
  ['encoderAttention', 'Multiplications of the encoder’s attention'],
];

/** Names of the lines where a narrow window leaves them no room beside their ends. */
const names = (lines: readonly Line[]): Html =>
  html`<ul class="lines" aria-hidden="true">${lines.map(({ name }, i) => html`<li><svg class="c${(i % COLOURS) + 1}" width="12" height="12" viewBox="-6 -6 12 12"><use class="mark" ${markAt(i, { x: 0, y: 0 })}/></svg>${name}</li>`)}</ul>`;

export const curves = (lines: readonly Line[]): Html =>
  html`<div class="charts${lines.length > MANY && ' many'}">${CHARTS.map(([measure, title]) => chart(lines, measure, title))}</div>${names(lines)}<p class="note">Both axes are logarithmic: a line twice as steep grows with the square. Dashed and hollow: longer documents than the model's schedule begins with, with the same poolings.</p><details class="chart-numbers"><summary>The same numbers as tables</summary>${CHARTS.map(([measure, title]) => table(lines, measure, title))}</details>`;
