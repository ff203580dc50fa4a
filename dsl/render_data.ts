/** Diagnostics in formats for programs: JSON, GitHub workflow commands and SARIF 2.1.0. */
import { CODES, type CodeEntry } from './codes/index.ts';
import type { Diagnostic, Source, Span } from './diagnostics.ts';
import { lineFinder } from './place.ts';
import { jsonText, visible, visibleLines } from './printable.ts';
import type { Report } from './render.ts';

interface Region {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

function regions(source: Source | undefined): (span: Span) => Region | undefined {
  const at = source && lineFinder(source.text);
  return (span) => {
    if (!at) return undefined;
    const [start, end] = [at(span.start), at(span.end)];
    return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
  };
}

const pathOf = ({ source }: Report): string | null => source?.path ?? null;

/** Renders `{ "diagnostics": [ … ] }`. Labels have offsets as well as lines and columns, which are numbered from 1. */
export function renderJson(reports: readonly Report[]): string {
  const diagnostics = reports.flatMap((report) => {
    const region = regions(report.source);
    return report.diagnostics.map(({ code, severity, message, labels, where, help }) => ({
      code,
      severity,
      message,
      help: help ?? null,
      file: pathOf(report),
      ...(where !== undefined && { where }),
      labels: labels.map(({ span, text }) => ({ text, start: span.start, end: span.end, ...region(span) })),
    }));
  });
  return `${jsonText({ diagnostics }, 2)}\n`;
}

/** Writes one `::error …` line for each diagnostic. GitHub shows it next to the source line of the diagnostic. */
export function renderGithub(reports: readonly Report[]): string {
  const lines = reports.flatMap((report) => {
    const region = regions(report.source);
    return report.diagnostics.map(({ code, severity, message, labels, where, help }) => {
      const at = labels[0] && region(labels[0].span);
      const properties: [string, string | number][] = [];
      if (report.source) properties.push(['file', report.source.path]);
      if (at)
        properties.push(
          ['line', at.line],
          ['endLine', at.endLine],
          ['col', at.column],
          ['endColumn', at.endColumn],
        );
      properties.push(['title', code]);
      const head = properties.map(([key, value]) => `${key}=${escapeProperty(String(value))}`).join(',');
      // `visible` removes line ends from each part, so line ends occur only between parts.
      const parts = [message, where, help].filter((part) => part !== undefined);
      const text = parts.map(visible).join('\n');
      return `::${severity === 'note' ? 'notice' : severity} ${head}::${escapeData(text)}`;
    });
  });
  return lines.map((line) => `${line}\n`).join('');
}

const escapeData = (text: string): string =>
  visibleLines(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** Ends a text with a full stop, so that another sentence can follow it. */
const ended = (text: string): string => visible(/[.!?…]$/.test(text) ? text : `${text}.`);

/**
 * The URI of a file, relative to the workspace unless the path is absolute. Code scanning requires one for each
 * result, so `<stdin>` becomes `stdin`, and a diagnostic without a file gets the directory.
 */
function uriOf(path: string | null): string {
  if (path === null) return '.';
  const name = /^<([a-z]+)>$/.exec(path)?.[1];
  if (name !== undefined) return name;
  const slashes = path.replaceAll('\\', '/').replace(/\p{Cs}/gu, '\uFFFD');
  // encodeURI does not escape `?`, `#` and `:`, which have a meaning in a URI.
  const uri = encodeURI(slashes).replace(/[?#:]/g, (sign) => ESCAPES[sign]!);
  if (/^[A-Za-z]:\//.test(slashes)) return `file:///${slashes[0]}:${uri.slice(4)}`;
  return slashes.startsWith('/') && !slashes.startsWith('//') ? `file://${uri}` : uri;
}

const ESCAPES: Readonly<Record<string, string>> = { '?': '%3F', '#': '%23', ':': '%3A' };

/** Renders SARIF 2.1.0, which code scanning services read. */
export function renderSarif(
  reports: readonly Report[],
  known: Readonly<Record<string, CodeEntry>> = CODES,
  version?: string,
): string {
  const codes = [
    ...new Set(reports.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code))),
  ].sort();
  const rules = codes.map((id) => {
    const entry = Object.hasOwn(known, id) ? known[id] : undefined;
    return {
      id,
      ...(entry && {
        shortDescription: { text: entry.title },
        fullDescription: { text: entry.cause },
        help: helpOf(id, entry),
      }),
      helpUri: helpUri(version),
    };
  });
  const results = reports.flatMap((report) =>
    report.diagnostics.map((diagnostic) => result(diagnostic, report, codes)),
  );
  const driver = {
    name: 'benben',
    ...(version !== undefined && { semanticVersion: version, version }),
    rules,
  };
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results }],
  };
  return `${jsonText(log, 2)}\n`;
}

/** What `benben explain` prints, for readers that show it beside a finding. */
function helpOf(
  code: string,
  { cause, advice }: CodeEntry,
): { readonly text: string; readonly markdown: string } {
  const parts = [ended(cause), ...(advice ? [`What to do: ${ended(advice)}`] : [])];
  const more = `benben explain ${code}`;
  return {
    text: [...parts, `Run "${more}" for an example.`].join(' '),
    markdown: [...parts, `Run \`${more}\` for an example.`].join(' '),
  };
}

/** The page about the command, as a package URL: in the documentation that the package of this version contains. */
const helpUri = (version: string | undefined): string =>
  `pkg:npm/benben${version === undefined ? '' : `@${version}`}#docs/cli.md`;

function result(
  { code, severity, message, labels, where, help }: Diagnostic,
  report: Report,
  codes: readonly string[],
) {
  const region = regions(report.source);
  const uri = uriOf(pathOf(report));
  const location = (span: Span | undefined) => {
    const at = span && region(span);
    return {
      artifactLocation: { uri },
      ...(at && {
        region: { startLine: at.line, startColumn: at.column, endLine: at.endLine, endColumn: at.endColumn },
      }),
    };
  };
  const [first, ...others] = labels;
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity,
    message: { text: help === undefined ? ended(message) : `${ended(message)} Help: ${ended(help)}` },
    locations: [
      {
        physicalLocation: location(first?.span),
        ...(where !== undefined && { logicalLocations: [{ fullyQualifiedName: visible(where) }] }),
      },
    ],
    ...(others.length > 0 && {
      relatedLocations: others.map(({ span, text }) => ({
        physicalLocation: location(span),
        ...(text !== '' && { message: { text: visible(text) } }),
      })),
    }),
  };
}
