/** The tables of the page: all models at a glance, ratios, Table 1, parameters, memory. */

import { type Rational, rational } from '../../../compiler/cost/rational.ts';
import type { ModelReport } from '../../../compiler/cost/report.ts';
import type { Table1Cell } from '../../../compiler/cost/table1.ts';
import { fixed, type Html, html } from './markup.ts';
import { decimal, exact, percent, ratio, short } from './numbers.ts';

const table = (label: string, head: readonly (string | Html)[], rows: readonly Html[]): Html =>
  html`<div class="scroll" role="region" tabindex="0" aria-label="${label}"><table><thead><tr>${head.map((text) => (text === '' ? html`<td></td>` : html`<th scope="col">${text}</th>`))}</tr></thead><tbody>${rows}</tbody></table></div>`;

/** A short number whose exact one is told on hover and focus. */
const told = (name: string, value: bigint): Html =>
  html`<span class="spot figure" role="img" tabindex="0" aria-label="${name}: ${exact(value)}">${short(value)}</span>`;

export const modelId = (index: number): string => `model-${index + 1}`;

export function overview(reports: readonly ModelReport[]): Html {
  const rows = reports.map((report, i) => {
    const { name, lengths, encoder, decoder, parameters, macs } = report;
    const layers = decoder
      ? `${encoder.layers.length} + ${decoder.layers.length}`
      : `${encoder.layers.length}`;
    const costs: readonly (readonly [string, bigint | undefined])[] = [
      ['parameters', parameters.total],
      ['multiplications of the encoder', encoder.macs.total.count],
      ['multiplications of the decoder', decoder?.macs.total.count],
      ['multiplications in all', macs.count],
    ];
    return html`<tr data-row><th scope="row"><a href="#${modelId(i)}">${name}</a></th><td>${exact(lengths.length)}</td><td>${decoder ? exact(lengths.target) : '–'}</td><td>${layers}</td>${costs.map(([what, value]) => html`<td>${value === undefined ? '–' : told(`${name}, ${what}`, value)}</td>`)}<td>${decimal(report.table1.c)}</td></tr>`;
  });
  const head = ['Model', 'n', 't', 'Layers', 'Parameters', 'Encoder', 'Decoder', 'Total', 'c'];
  return html`<div data-rove>${table('All models at a glance', head, rows)}</div><p class="note">n tokens of a document, t words of the output, encoder + decoder layers, multiplications of each for a batch of ${exact(reports[0]?.lengths.batch ?? 1)}; c is the effective number of encoder layers, Σ nᵢ / n.</p>`;
}

type Quantity = readonly [name: string, value: (report: ModelReport) => bigint | undefined];

export const QUANTITIES: readonly Quantity[] = [
  ['Self-attention', ({ table1 }) => table1.selfAttention.units],
  ['Cross-attention', ({ table1 }) => table1.crossAttention?.units],
  ['Encoder', ({ encoder }) => encoder.macs.total.count],
  ['Decoder', ({ decoder }) => decoder?.macs.total.count],
  ['Total', ({ macs }) => macs.count],
  ['Parameters', ({ parameters }) => parameters.total],
];

/** How many times as much the other model costs as each of these. */
export function ratios(reports: readonly ModelReport[], against: ModelReport): Html {
  const cell = (report: ModelReport, [name, value]: Quantity): Html => {
    const [own, other] = [value(report), value(against)];
    if (own === undefined || other === undefined) return html`<td>–</td>`;
    const exactly = `${name}: ${report.name} ${exact(own)}, ${against.name} ${exact(other)}`;
    return html`<td><span class="spot figure" role="img" tabindex="0" aria-label="${ratio(other, own)}. ${exactly}">${ratio(other, own)}</span></td>`;
  };
  const rows = reports
    .filter((report) => report !== against)
    .map(
      (report) =>
        html`<tr data-row><th scope="row">${report.name}</th>${QUANTITIES.map((quantity) => cell(report, quantity))}</tr>`,
    );
  return html`<div data-rove>${table(`Ratios against ${against.name}`, ['Model', ...QUANTITIES.map(([name]) => name)], rows)}</div><p class="note">How many times as much ${against.name} costs: 2 × means twice as much as the model of the row. Both attentions in units of Table 1 (half of a layer's two products).</p>`;
}

/**
 * `c × m × n × d = 2.4375 × 512 × 8 192 × 768`. With shorter rows than blocks, or with full attention over fewer and
 * fewer rows, the product is more than the units, and the page says so.
 */
function row(name: string, { text, units }: Table1Cell, symbols: Readonly<Record<string, Rational>>): Html {
  const letters = text?.match(/[a-z]/g) ?? [];
  const factors = letters.map((letter) => symbols[letter] ?? rational(0n, 1n));
  const product = factors.reduce(
    (a, b) => rational(a.numerator * b.numerator, a.denominator * b.denominator),
    rational(1n, 1n),
  );
  const same = product.numerator === units * product.denominator;
  const numbers = factors.map((factor) =>
    factor.denominator === 1n ? exact(factor.numerator) : decimal(factor),
  );
  const said = text === null ? '–' : `${same ? '' : 'at most '}${numbers.join(' × ')}`;
  return html`<tr><th scope="row">${name}</th><td class="formula">${text ?? 'no product of the paper’s symbols'}</td><td class="formula">${said}</td><td>${exact(units)}</td></tr>`;
}

export function table1(report: ModelReport): Html {
  const { selfAttention, crossAttention, bound, c } = report.table1;
  const whole = Object.entries(report.table1.symbols).map(
    ([name, value]) => [name, rational(value, 1n)] as const,
  );
  const symbols = { ...Object.fromEntries(whole), c };
  /** In the decoder's row, l is the decoder's number of layers. */
  const l = rational(BigInt(report.spec.decoder?.layers ?? 0), 1n);
  const rows = [
    row('Self-attention', selfAttention, symbols),
    crossAttention && row('Cross-attention', crossAttention, { ...symbols, l }),
    bound &&
      html`<tr><th scope="row">Bound</th><td class="formula">${bound.text}</td><td>–</td><td>${exact(bound.units)}</td></tr>`,
  ].filter((each) => each !== null);
  return table(`Table 1 for ${report.name}`, ['', 'in symbols', 'in numbers', 'units'], rows);
}

export function parameters({ name, parameters: { total, groups } }: ModelReport): Html {
  const entries = Object.entries(groups).sort(([, a], [, b]) => (a < b ? 1 : a > b ? -1 : 0));
  const rows = entries.map(
    ([group, count]) =>
      html`<tr><th scope="row">${group}</th><td>${exact(count)}</td><td>${percent(count, total)}</td><td class="share" aria-hidden="true"><span style="--w:${fixed((100 * Number(count)) / Number(total))}"></span></td></tr>`,
  );
  const all = html`<tr class="sum"><th scope="row">all</th><td>${exact(total)}</td><td></td><td></td></tr>`;
  return table(`Parameters of ${name}`, ['Group', 'Parameters', 'Share', ''], [...rows, all]);
}

/** A quantity of memory, as the page tells it. */
export interface MemoryRow {
  readonly name: string;
  readonly bytes: bigint;
}

const BINARY = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/** In units of 1024, as the language's budgets are. */
function bytesText(bytes: bigint): string {
  let [value, unit] = [Number(bytes), 0];
  for (; value >= 1024 && unit < BINARY.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? value : value.toPrecision(4)} ${BINARY[unit]}`;
}

export const memory = (report: ModelReport, rows: readonly MemoryRow[]): Html =>
  table(
    `Memory of ${report.name}`,
    ['Memory', 'bytes', ''],
    rows.map(
      ({ name, bytes }) =>
        html`<tr><th scope="row">${name}</th><td>${exact(bytes)}</td><td>${bytesText(bytes)}</td></tr>`,
    ),
  );
