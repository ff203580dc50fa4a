/**
 * Renders diagnostics as text for people: each labelled line of the source, the labelled part underlined, and the help.
 * Control characters of the source are replaced and long lines are cut, so that no file can control the terminal.
 */
import pc from 'picocolors';
import type { CodeEntry } from './codes/index.ts';
import type { Diagnostic, Label, Source } from './diagnostics.ts';
import { lineFinder, lineStarts } from './place.ts';
import { visible } from './printable.ts';
import { renderGithub, renderJson, renderSarif } from './render_data.ts';

export type RenderFormat = 'text' | 'json' | 'github' | 'sarif';

export interface RenderOptions {
  /** The default is `text`. */
  readonly format?: RenderFormat;
  /**
   * Whether `text` has ANSI colours. The default is false, because only the caller can tell whether the text goes to a
   * terminal.
   */
  readonly color?: boolean;
  /** The descriptions of codes in `sarif`. The default is the language's table. */
  readonly codes?: Readonly<Record<string, CodeEntry>>;
  /** The version of Benben in `sarif`. */
  readonly version?: string;
}

/** The diagnostics of one source. `source` is undefined if no text could be read. */
export interface Report {
  readonly source: Source | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

const FORMATS: Readonly<
  Record<RenderFormat, (reports: readonly Report[], options: RenderOptions) => string>
> = {
  text: (reports, { color = false }) => reports.flatMap((report) => texts(report, color)).join('\n'),
  json: renderJson,
  github: renderGithub,
  sarif: (reports, { codes, version }) => renderSarif(reports, codes, version),
};

/** Renders the diagnostics of one source. Without diagnostics, `text` and `github` are empty. */
export function render(
  diagnostics: readonly Diagnostic[],
  source: Source | undefined,
  options: RenderOptions = {},
): string {
  return renderAll([{ source, diagnostics }], options);
}

/** Renders the diagnostics of several sources. In `json` and `sarif` they form one document. */
export function renderAll(reports: readonly Report[], options: RenderOptions = {}): string {
  return FORMATS[options.format ?? 'text'](reports, options);
}

type Palette = ReturnType<typeof pc.createColors>;

function texts({ source, diagnostics }: Report, color: boolean): readonly string[] {
  if (diagnostics.length === 0) return [];
  const palette = pc.createColors(color);
  const sheet = source && sheetOf(source);
  return diagnostics.map((diagnostic) => text(diagnostic, sheet, palette));
}

interface Sheet {
  readonly path: string;
  readonly line: (number: number) => string;
  readonly at: ReturnType<typeof lineFinder>;
}

function sheetOf({ path, text }: Source): Sheet {
  const starts = lineStarts(text);
  const at = lineFinder(text);
  const line = (number: number) => text.slice(starts[number - 1], starts[number]).replace(/[\r\n]+$/, '');
  return { path, line, at };
}

function text(diagnostic: Diagnostic, sheet: Sheet | undefined, c: Palette): string {
  const paint = { error: c.red, warning: c.yellow, note: c.cyan }[diagnostic.severity];
  const lines = [
    `${c.bold(paint(`${diagnostic.severity}[${diagnostic.code}]`))}${c.bold(`: ${visible(diagnostic.message)}`)}`,
  ];
  const [first] = diagnostic.labels;
  let gutter = '';
  if (sheet && first) {
    const { line, column } = sheet.at(first.span.start);
    const last = diagnostic.labels.reduce((most, { span }) => Math.max(most, sheet.at(span.start).line), 0);
    gutter = ' '.repeat(String(last).length);
    lines.push(`${gutter}${c.cyan('-->')} ${visible(sheet.path)}:${line}:${column}`);
    lines.push(`${gutter} ${c.cyan('|')}`, ...excerpts(diagnostic.labels, sheet, gutter.length, paint, c));
  } else if (sheet) {
    const where = diagnostic.where === undefined ? '' : `: ${visible(diagnostic.where)}`;
    lines.push(`${c.cyan('-->')} ${visible(sheet.path)}${where}`);
  }
  if (diagnostic.help !== undefined) {
    lines.push(
      `${gutter}${gutter === '' ? '' : ' '}${c.cyan('=')} ${c.bold('help')}: ${visible(diagnostic.help)}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** The labelled lines in source order, each with its underlines. `...` marks lines that are left out. */
function excerpts(
  labels: readonly Label[],
  sheet: Sheet,
  digits: number,
  paint: (s: string) => string,
  c: Palette,
): string[] {
  const primary = labels[0];
  const placed = labels
    .map((label) => ({ label, ...sheet.at(label.span.start) }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
  const out: string[] = [];
  let previous: number | undefined;
  for (const { label, line, column } of placed) {
    if (line !== previous) {
      if (previous !== undefined && line > previous + 1) out.push(c.cyan('...'));
      out.push(
        `${c.cyan(`${String(line).padStart(digits)} |`)} ${window(sheet.line(line), column).shown}`.trimEnd(),
      );
    }
    previous = line;
    const source = sheet.line(line);
    const { lead, inside } = underline(source, column, label.span.end - label.span.start);
    const mark = label === primary ? paint('^'.repeat(inside)) : c.cyan('-'.repeat(inside));
    const words =
      label.text === ''
        ? ''
        : ` ${label === primary ? paint(visible(label.text)) : c.cyan(visible(label.text))}`;
    out.push(`${' '.repeat(digits)} ${c.cyan('|')} ${' '.repeat(lead)}${mark}${words}`);
  }
  return out;
}

/** The maximum number of characters that are shown of a line, and the maximum number of them before the label. */
const MAX_COLUMNS = 100;
const BEFORE = 40;

interface Window {
  readonly shown: string;
  /** The offset in the source line at which the shown part begins. */
  readonly from: number;
  /** `…` if the beginning of the line is left out. */
  readonly mark: string;
}

function window(line: string, column: number): Window {
  const from =
    line.length <= MAX_COLUMNS ? 0 : Math.max(0, Math.min(column - 1 - BEFORE, line.length - MAX_COLUMNS));
  const mark = from > 0 ? '…' : '';
  const rest = from + MAX_COLUMNS < line.length ? '…' : '';
  return { shown: mark + visible(line.slice(from, from + MAX_COLUMNS)) + rest, from, mark };
}

function underline(line: string, column: number, length: number): { lead: number; inside: number } {
  const { from, mark } = window(line, column);
  const lead = mark.length + columnsOf(visible(line.slice(from, column - 1)));
  const end = Math.min(column - 1 + length, line.length, from + MAX_COLUMNS);
  return { lead, inside: Math.max(1, columnsOf(visible(line.slice(column - 1, end)))) };
}

/**
 * The width of a text in a terminal: two columns for East Asian wide characters and emoji, none for combining marks.
 */
function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{Mn}|\p{Me}/u.test(character)) continue;
    columns +=
      /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return columns;
}
