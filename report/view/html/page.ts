/**
 * The HTML report: one file that needs no other files and no network. It can be read even if its script does not run.
 * The same reports always give the same bytes.
 */
import { sha256Of } from '../../../compiler/ir/sha256.ts';
import { ffnText, normText } from '../../../dsl/describe.ts';
import type { Source } from '../../../dsl/diagnostics.ts';
import type { ReportDocument, ReportedModel } from '../../document.ts';
import { notesOf } from '../../notes.ts';
import type { ModelReport } from '../../report.ts';
import { distinct } from '../distinct.ts';
import { exact, short } from '../numbers.ts';
import { operationsSection } from '../operations.ts';
import { breakEvenText } from '../studies.ts';
import { timesSection } from '../times.ts';
import { bars, sharedScale } from './bars.ts';
import { curves, marks } from './curves.ts';
import { figure, pictures, sideFor } from './figure.ts';
import { type Html, html, raw } from './markup.ts';
import { curveOf } from './scaling.ts';
import { SCRIPT } from './script.ts';
import { section } from './section.ts';
import { linesOfModel, listing, whole } from './source.ts';
import { STYLE } from './style.ts';
import { memory, modelId, overview, parameters, ratios, table1 } from './tables.ts';

/** The content security policy: the page fetches nothing and runs only its own script. */
function policy(): string {
  const hash = btoa(String.fromCharCode(...sha256Of(SCRIPT)));
  return `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
}

/** The drawings that the page refers to. */
const definitionsOf = (reports: readonly ModelReport[]): Html =>
  html`<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V7" stroke="var(--page)" stroke-width="3"/></pattern>${pictures(reports)}${marks()}</defs></svg>`;

function facts({ spec, parameters: { total }, macs, lengths }: ModelReport): Html {
  const { width, heads, ffn, norm, vocabulary, encoder, decoder } = spec;
  const list: readonly (readonly [string, string])[] = [
    ['document', `${exact(lengths.length)} tokens`],
    ['output', decoder ? `${exact(lengths.target)} words` : 'none'],
    ['width, heads', `${width}, ${heads}`],
    ['feed-forward', ffnText(ffn)],
    ['norm', normText(norm)],
    ['vocabulary', exact(vocabulary)],
    ['positions', decoder ? `${encoder.positions.kind} + ${decoder.positions.kind}` : encoder.positions.kind],
    ['parameters', short(total)],
    ['multiplications', short(macs.count)],
  ];
  return html`<dl class="facts">${list.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** The range in which the formulas hold, and notes about the lengths. */
function validity(report: ModelReport): Html {
  const { from, to, unit } = report.formulas;
  const which = unit === 1 ? 'from' : `for whole multiples of ${exact(unit)} tokens from`;
  const end = to === null ? 'on' : `to ${exact(to)}`;
  return html`<p class="note">Formulas are in n (tokens in a document), t (tokens in an output) and B (documents in a batch), and hold ${which} ${exact(from)} ${end}. ${notesOf(report).join(' ')}</p>`;
}

interface Shared {
  readonly side: number;
  readonly scale: bigint;
}

function model(reported: ReportedModel, index: number, { side, scale }: Shared): Html {
  const { report, source, breakEven, predicted } = reported;
  const id = modelId(index);
  return html`<section class="model" id="${id}" aria-labelledby="${id}-name">
<h2 id="${id}-name">${report.name}</h2>
${facts(report)}
${figure(report, index + 1, side)}
<div class="columns"><div>
<h3>Cost by layer</h3>
${bars(report, scale)}
${validity(report)}
</div><div>
<h3>Source</h3><p class="path">${source.path}</p>
${listing(source, linesOfModel(source, report.spec.span), `Source of ${report.name}`)}
</div></div>
<div class="columns"><div>
<h3>In the notation of the paper’s Table 1</h3>
${table1(report)}
<p class="note">${breakEvenText(report, breakEven)}</p>
<h3>Memory</h3>
${memory(report)}
</div><div>
<h3>Parameters</h3>
${parameters(report)}
</div></div>
${section(report, operationsSection(report))}
${predicted && section(report, timesSection(report, predicted))}
</section>
`;
}

/** The whole source files, each listed once. */
function files(models: readonly ReportedModel[]): Html {
  const each: readonly Source[] = [...new Set(models.map(({ source }) => source))];
  return html`<section class="files" aria-labelledby="files"><h2 id="files">Source files</h2>${each.map((source) => html`<details><summary>${source.path}</summary>${listing(source, whole(source), `Source file ${source.path}`)}</details>`)}</section>`;
}

function title(reports: readonly ModelReport[]): string {
  const names = reports.map(({ name }) => name);
  if (names.length > 3) return `What ${names.length} models cost`;
  return `What ${names.join(', ').replace(/, ([^,]*)$/, ' and $1')} cost${names.length === 1 ? 's' : ''}`;
}

export function htmlReport(document: ReportDocument): string {
  const models = distinct(document.models);
  const reports = models.map(({ report }) => report);
  const shared: Shared = { side: sideFor(reports), scale: sharedScale(reports) };
  const against = models.find((each) => each.ratios)?.ratios?.against;
  const lines = models.map(curveOf);
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
<p>Costs are counted in the graph that would run, without running it. A multiplication is one product of two numbers in a matrix product, together with its addition.</p></header>
<main id="main" tabindex="-1">
<section aria-labelledby="overview"><h2 id="overview">Overview</h2>
${overview(reports)}
${against !== undefined && html`<h3>Ratios against ${against}</h3>${ratios(models)}`}
<h3>How it scales</h3>
${curves(lines)}
</section>
${models.map((each, i) => model(each, i, shared))}
${files(models)}
</main>
<footer>Written by Benben. Pictures and terms follow Pietruszka, Borchmann and Garncarek, “Sparsifying Transformer Models with Trainable Representation Pooling” (2022).</footer>
<script>${raw(SCRIPT)}</script>
</body>
</html>
`;
  return page.html;
}
