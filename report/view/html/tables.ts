/** The tables of the page: overview, ratios, Table 1, parameters, memory. */

import { wholeOf } from '../../../compiler/model/index.ts';
import { type Rational, rational } from '../../algebra/rational.ts';
import type { ReportedModel } from '../../document.ts';
import type { Ratio, Ratios } from '../../ratios.ts';
import type { ModelReport } from '../../report.ts';
import type { Table1Cell } from '../../table1.ts';
import { memoryRows } from '../memory.ts';
import { bytes as bytesText, decimals, exact, share, short, times } from '../numbers.ts';
import { fixed, type Html, html } from './markup.ts';

/** The column of totals, which stays in sight on narrow screens, as the first column does. */
export const TOTAL = html`<th scope="col" class="total">Total</th>`;

const headCell = (text: string | Html): Html =>
  text === '' ? html`<td></td>` : text === TOTAL ? TOTAL : html`<th scope="col">${text}</th>`;

export const table = (label: string, head: readonly (string | Html)[], rows: readonly Html[]): Html =>
  html`<div class="scroll" role="region" tabindex="0" aria-label="${label}"><table><thead><tr>${head.map(headCell)}</tr></thead><tbody>${rows}</tbody></table></div>`;

/** A rounded number. Its label, which appears on hover and focus, gives all digits. */
const rounded = (name: string, value: bigint): Html =>
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
    ];
    return html`<tr data-row><th scope="row"><a href="#${modelId(i)}">${name}</a></th><td>${exact(lengths.length)}</td><td>${decoder ? exact(lengths.target) : '–'}</td><td>${layers}</td><td>${decimals(report.table1.c, 4)}</td>${costs.map(([what, value]) => html`<td>${value === undefined ? '–' : rounded(`${name}, ${what}`, value)}</td>`)}<td class="total">${rounded(`${name}, multiplications in all`, macs.count)}</td></tr>`;
  });
  const head = ['Model', 'n', 't', 'Layers', 'c', 'Parameters', 'Encoder', 'Decoder', TOTAL];
  return html`<div data-rove>${table('All models at a glance', head, rows)}</div><p class="note">n is the number of tokens in a document, and t is the number of words in the output. Layers are encoder layers + decoder layers. Multiplications are for a batch of ${exact(reports[0]?.lengths.batch ?? 1)}. c is the effective number of encoder layers, Σ nᵢ / n.</p>`;
}

/** The quantities in the main table of ratios; the table below it has all quantities. */
const MAIN = ['selfAttention', 'crossAttention', 'encoderMacs', 'decoderMacs', 'macs', 'parameters'];

const ratioText = ({ ratio }: Ratio): string => (ratio === null ? '–' : `${times(ratio)} ×`);
const countText = (value: bigint | null): string => (value === null ? 'none' : exact(value));

function ratioCell(name: string, against: string, found: Ratio | undefined): Html {
  if (!found) return html`<td>–</td>`;
  const { quantity, own, others } = found;
  const label = `${ratioText(found)}, ${quantity.title}: ${name} ${countText(own)}, ${against} ${countText(others)}`;
  return html`<td><span class="spot figure" role="img" tabindex="0" aria-label="${label}">${ratioText(found)}</span></td>`;
}

interface Compared {
  readonly name: string;
  readonly ratios: Ratios;
}

/** The ratios of the main quantities, and below them the ratios of all quantities. */
export function ratios(models: readonly ReportedModel[]): Html {
  const all = models.flatMap(({ report: { name }, ratios }): readonly Compared[] =>
    ratios ? [{ name, ratios }] : [],
  );
  const { against } = all[0]!.ratios;
  const quantities = [
    ...new Map(
      all.flatMap(({ ratios }) => ratios.ratios.map((each) => [each.quantity.name, each.quantity] as const)),
    ),
  ];
  const of = ({ ratios }: Compared, name: string): Ratio | undefined =>
    ratios.ratios.find(({ quantity }) => quantity.name === name);
  const main = quantities.filter(([name]) => MAIN.includes(name));
  const rows = all.map(
    (each) =>
      html`<tr data-row><th scope="row">${each.name}</th>${main.map(([name]) => ratioCell(each.name, against, of(each, name)))}</tr>`,
  );
  const others = quantities.map(([name, { title }]) => {
    const cells = all.map((each) => {
      const found = of(each, name);
      return html`<td>${found ? ratioText(found) : '–'}</td>`;
    });
    return html`<tr><th scope="row">${title}</th>${cells}</tr>`;
  });
  return html`<div data-rove>${table(`Ratios against ${against}`, ['Model', ...main.map(([, { title }]) => title)], rows)}</div><p class="note">Each ratio is the cost of ${against} divided by the cost of the model in the row: 2 × means that ${against} takes twice as much.</p><details class="unprinted"><summary>Ratios of every quantity</summary>${table(`Every ratio against ${against}`, ['Quantity', ...all.map(({ name }) => name)], others)}</details>`;
}

/**
 * A row such as `c × m × n × d = 2.4375 × 512 × 8 192 × 768`. The product is more than the units if a layer has fewer rows
 * than a block, or full attention over fewer rows than the first layer; then the row says `at most`.
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
    factor.denominator === 1n ? exact(factor.numerator) : decimals(factor, 4),
  );
  const inNumbers = text === null ? '–' : `${same ? '' : 'at most '}${numbers.join(' × ')}`;
  return html`<tr><th scope="row">${name}</th><td class="formula">${text ?? 'not a product of the paper’s symbols'}</td><td class="formula">${inNumbers}</td><td>${exact(units)}</td></tr>`;
}

export function table1(report: ModelReport): Html {
  const { selfAttention, crossAttention, bound, c } = report.table1;
  const whole = Object.entries(report.table1.symbols).map(
    ([name, value]) => [name, rational(value, 1n)] as const,
  );
  const symbols = { ...Object.fromEntries(whole), c };
  /** In the row of cross-attention, l is the number of decoder layers. */
  const l = rational(BigInt(report.spec.decoder?.layers ?? 0), 1n);
  const rows = [
    row('Self-attention', selfAttention, symbols),
    crossAttention && row('Cross-attention', crossAttention, { ...symbols, l }),
    bound &&
      html`<tr><th scope="row">Bound</th><td class="formula">${bound.text}</td><td class="formula">with k = ${exact(bound.k)}</td><td>${exact(bound.units)}</td></tr>`,
  ].filter((each) => each !== null);
  return table(`Table 1 for ${report.name}`, ['', 'in symbols', 'in numbers', 'units'], rows);
}

export function parameters({ name, parameters: { total, groups } }: ModelReport): Html {
  const entries = Object.entries(groups).sort(([, a], [, b]) => (a < b ? 1 : a > b ? -1 : 0));
  const rows = entries.map(
    ([group, count]) =>
      html`<tr><th scope="row">${group}</th><td>${exact(count)}</td><td>${share(count, total)}</td><td class="share" aria-hidden="true"><span style="--w:${fixed((100 * Number(count)) / Number(total))}"></span></td></tr>`,
  );
  const all = html`<tr class="sum"><th scope="row">all</th><td>${exact(total)}</td><td></td><td></td></tr>`;
  return table(`Parameters of ${name}`, ['Group', 'Parameters', 'Share', ''], [...rows, all]);
}

/** The rows whose values are known. */
export function memory({ name, spec, memory: known }: Pick<ModelReport, 'name' | 'spec' | 'memory'>): Html {
  const rows = memoryRows(known).map(
    ([what, size]) =>
      html`<tr><th scope="row">${what}</th><td>${exact(size)}</td><td>${bytesText(size)}</td></tr>`,
  );
  const entries = html`<tr><th scope="row">${wholeOf(spec)}: attention matrices, entries</th><td>${exact(known.attentionElements)}</td><td>${short(known.attentionElements)}</td></tr>`;
  return table(`Memory of ${name}`, ['Memory in float32', 'bytes', 'about'], [...rows, entries]);
}
