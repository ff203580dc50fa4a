/**
 * The HTML report: one file that asks for nothing else, not even when it is opened without a network or without
 * its script. The same reports give the same bytes.
 */
import { createHash } from 'node:crypto';
import type { ModelReport } from '../../../compiler/cost/report.ts';
import type { Source } from '../../../dsl/diagnostics.ts';
import { bars, sharedScale } from './bars.ts';
import { curves, type Line, marks } from './curves.ts';
import { figure, pictures, sideFor } from './figure.ts';
import { type Html, html, raw } from './markup.ts';
import { exact, short } from './numbers.ts';
import type { Curve } from './scaling.ts';
import { SCRIPT } from './script.ts';
import { linesOfModel, listing, whole } from './source.ts';
import { STYLE } from './style.ts';
import { type MemoryRow, memory, modelId, overview, parameters, ratios, table1 } from './tables.ts';

/** What stands beside the reports; lists are in the order of the reports. */
export interface HtmlReportOptions {
  /** The model that all are measured against. */
  readonly against?: ModelReport;
  /** Where each model stands; several may stand in one. */
  readonly sources: readonly (Source | undefined)[];
  /** How each model scales (`curveOf`); without them the page has no charts. */
  readonly curves?: readonly Curve[];
  /** What each model needs of memory, where that is known. */
  readonly memory?: readonly (readonly MemoryRow[])[];
}

/** Nothing is fetched and no other script runs, whatever a name or a source says. */
function policy(): string {
  const hash = createHash('sha256').update(SCRIPT).digest('base64');
  return `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
}

/** Drawings that the page refers to. */
const definitionsOf = (reports: readonly ModelReport[]): Html =>
  html`<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V7" stroke="var(--page)" stroke-width="3"/></pattern>${pictures(reports)}${marks()}</defs></svg>`;

function facts({ spec, parameters: { total }, macs, lengths }: ModelReport): Html {
  const { width, heads, ffn, norm, vocabulary, encoder, decoder } = spec;
  const list: readonly (readonly [string, string])[] = [
    ['document', `${exact(lengths.length)} tokens`],
    ['output', decoder ? `${exact(lengths.target)} words` : 'none'],
    ['width, heads', `${width}, ${heads}`],
    ['feed-forward', `${ffn.width} ${ffn.activation}`],
    ['norm', norm],
    ['vocabulary', exact(vocabulary)],
    ['positions', decoder ? `${encoder.positions.kind} + ${decoder.positions.kind}` : encoder.positions.kind],
    ['parameters', short(total)],
    ['multiplications', short(macs.count)],
  ];
  return html`<dl class="facts">${list.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** When the counts are not what the formulas give at these lengths, or might not be, the page says from where on. */
const validity = ({ formulas: { from, unit } }: ModelReport): Html => {
  const which = unit === 1 ? 'from' : `for whole multiples of ${exact(unit)} tokens from`;
  return html`<p class="note">Formulas are in n (tokens of a document), t (words of the output) and B (documents at once), and hold ${which} ${exact(from)} tokens on; numbers are exact at the given lengths.</p>`;
};

interface Shared {
  readonly side: number;
  readonly scale: bigint;
  readonly options: HtmlReportOptions;
}

function model(report: ModelReport, index: number, { side, scale, options }: Shared): Html {
  const id = modelId(index);
  const source = options.sources[index];
  const memoryRows = options.memory?.[index] ?? [];
  return html`<section class="model" id="${id}" aria-labelledby="${id}-name">
<h2 id="${id}-name">${report.name}</h2>
${facts(report)}
${figure(report, index + 1, side)}
<div class="columns"><div>
<h3>Cost by layer</h3>
${bars(report, scale)}
${validity(report)}
</div><div>
${source && html`<h3>Source</h3><p class="path">${source.path}</p>${listing(source, linesOfModel(source, report.spec.span), `Source of ${report.name}`)}`}
</div></div>
<div class="columns"><div>
<h3>In the notation of the paper’s Table 1</h3>
${table1(report)}
${memoryRows.length > 0 && html`<h3>Memory</h3>${memory(report, memoryRows)}`}
</div><div>
<h3>Parameters</h3>
${parameters(report)}
</div></div>
</section>
`;
}

/** Whole files, each once. */
function files(sources: readonly (Source | undefined)[]): Html | false {
  const each = [...new Set(sources.filter((source) => source !== undefined))];
  if (each.length === 0) return false;
  return html`<section class="files" aria-labelledby="files"><h2 id="files">Source files</h2>${each.map((source) => html`<details><summary>${source.path}</summary>${listing(source, whole(source), `Source file ${source.path}`)}</details>`)}</section>`;
}

function title(reports: readonly ModelReport[]): string {
  const names = reports.map(({ name }) => name);
  if (names.length > 3) return `What ${names.length} models cost`;
  return `What ${names.join(', ').replace(/, ([^,]*)$/, ' and $1')} cost${names.length === 1 ? 's' : ''}`;
}

/** Models of one name in different files are told apart by their file. */
function distinct(
  reports: readonly ModelReport[],
  sources: HtmlReportOptions['sources'],
): readonly ModelReport[] {
  const times = (name: string): number => reports.filter((report) => report.name === name).length;
  return reports.map((report, i) => {
    const file = sources[i]?.path.split(/[\\/]/).at(-1);
    return times(report.name) > 1 && file ? { ...report, name: `${report.name} (${file})` } : report;
  });
}

/** @param given in the order of the page. `against` may be one of them. */
export function htmlReport(given: readonly ModelReport[], options: HtmlReportOptions): string {
  const reports = distinct(given, options.sources);
  const against = options.against && (reports[given.indexOf(options.against)] ?? options.against);
  const shared: Shared = { side: sideFor(reports), scale: sharedScale(reports), options };
  const lines: readonly Line[] = reports.map(({ name, spec }, i) => ({
    name,
    longest: spec.encoder.length,
    points: options.curves?.[i] ?? [],
  }));
  const drawn = lines.filter(({ points }) => points.length > 0);
  const compared = against !== undefined && reports.some((report) => report !== against);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Benben">
<title>${title(reports)}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">To the content</a>
${definitionsOf(reports)}
<header><h1>${title(reports)}</h1><button id="theme" type="button" aria-pressed="false" hidden>Dark</button>
<p>Counted from the graph that would run, before anything runs. A multiplication is one product of two numbers in a matrix product, with the addition that goes with it.</p></header>
<main id="main" tabindex="-1">
<section aria-labelledby="overview"><h2 id="overview">Overview</h2>
${overview(reports)}
${compared && html`<h3>Ratios against ${against.name}</h3>${ratios(reports, against)}`}
${drawn.length > 0 && html`<h3>Longer and shorter documents</h3>${curves(drawn)}`}
</section>
${reports.map((report, i) => model(report, i, shared))}
${files(options.sources)}
</main>
<footer>Written by Benben. Pictures and terms follow Pietruszka, Borchmann and Garncarek, “Sparsifying Transformer Models with Trainable Representation Pooling” (2022).</footer>
<script>${raw(SCRIPT)}</script>
</body>
</html>
`;
  return page.html;
}
