/**
 * `benben check`: finds mistakes in .ben and .onnx files, and broken budgets. The diagnostics are the result of this
 * command, so they go to stdout.
 */
import type { Source } from '../dsl/diagnostics.ts';
import { type RenderFormat, type Report, renderAll } from '../dsl/render.ts';
import { VERSION } from '../pipeline/constants.ts';
import { type CheckOptions, checkFile as checkOnnxFile } from '../runtime/check/index.ts';
import { deviceNamed } from '../runtime/devices.ts';
import { budgetsTable, budgetsText, withBudgets } from './budget_lines.ts';
import type { Budgets } from './budgets.ts';
import type { Call } from './command.ts';
import { EXIT, InputFault, UsageFault } from './faults.ts';
import type { Output } from './output.ts';
import { expandPatterns } from './patterns.ts';
import { createProgress, pause } from './progress.ts';
import { isOnnx, onlyOneStdin, readSource } from './read.ts';
import { counted } from './spelling.ts';
import { inWorkspace } from './workspace.ts';

export async function run({ args, flags, output }: Call): Promise<number> {
  onlyOneStdin([...args, flags.text('source')]);
  const { paths, unmatched } = await expandPatterns(args);
  const [device, source] = [flags.text('device'), flags.text('source')];
  const option = device === undefined ? source && '--source' : '--device';
  if (option && !paths.some(isOnnx) && unmatched.length === 0)
    throw new UsageFault(`${option} is for .onnx files, but none is named`);
  if (flags.on('budgets') && unmatched.length === 0 && paths.every(isOnnx))
    throw new UsageFault('--budgets is for .ben files, but none is named');
  const options: CheckOptions = {
    ...(device !== undefined && { device: deviceNamed(device)! }),
    ...(source !== undefined && { source: await readSource(source, output) }),
  };
  const format = flags.choice<RenderFormat>('format') ?? (output.json ? 'json' : 'text');
  const reports: Report[] = [...unmatched];
  const budgets: Budgets[] = [];
  const progress = createProgress(output);
  try {
    for (const [i, path] of paths.entries()) {
      const onShare = (share: number): void => progress.stage('checking', (i + share) / paths.length);
      onShare(0);
      if (i > 0) await pause();
      if (isOnnx(path)) {
        // An .onnx file has no text to quote; the `where` of a diagnostic gives its position in the model.
        reports.push({ source: { path, text: '' }, diagnostics: await checkOnnxFile(path, options) });
        continue;
      }
      const checked = await checkFile(path, output, onShare);
      reports.push(checked.report);
      if (checked.budgets) budgets.push(checked.budgets);
    }
  } finally {
    progress.end();
  }
  // Only SARIF includes the explanations of codes, and loading them all takes a while.
  const codes = format === 'sarif' && (await import('./codes.ts')).allCodes();
  const listed = flags.on('budgets') && format === 'text' ? budgetsTable(budgets, output.out) : '';
  const found = renderAll(format === 'github' || format === 'sarif' ? placed(reports, output) : reports, {
    format,
    color: output.out.isColorSupported,
    ...(codes && { codes }),
    version: VERSION,
  });
  const text = listed + withBudgets(found, format, budgets);
  if (text !== '') await output.print(text);
  const all = reports.flatMap(({ diagnostics }) => diagnostics);
  const count = (which: string): number =>
    all.reduce((sum, { severity, count: own = 1 }) => (severity === which ? sum + own : sum), 0);
  const [errors, warnings] = [count('error'), count('warning')];
  const summaries = [summary(paths.length, errors, warnings, count('note')), budgetsText(budgets)];
  output.note(summaries.filter(Boolean).join('; '));
  return errors > 0 || (flags.on('strict') && warnings > 0) ? EXIT.input : EXIT.done;
}

/** The same reports, with paths relative to the workspace. */
function placed(reports: readonly Report[], { io }: Output): readonly Report[] {
  const shorten = inWorkspace(io.env);
  return reports.map(({ source, diagnostics }) => ({
    source: source && { ...source, path: shorten(source.path) },
    diagnostics,
  }));
}

/** A file that cannot be read yields a diagnostic, so that the other files are still checked. */
async function checkFile(
  path: string,
  output: Output,
  onShare: (share: number) => void,
): Promise<{ report: Report; budgets?: Budgets }> {
  let source: Source;
  try {
    source = await readSource(path, output);
  } catch (error) {
    if (!(error instanceof InputFault)) throw error;
    // The text could not be read, so there is nothing to quote.
    const unread = { path: path === '-' ? '<stdin>' : path, text: '' };
    return { report: { source: unread, diagnostics: error.reports.flatMap((r) => r.diagnostics) } };
  }
  // The language is loaded here, because .onnx files do not need it and loading it takes a while.
  const [{ analyze }, { KINDS }, { noModelWarning }] = await Promise.all([
    import('../dsl/index.ts'),
    import('../compiler/model/kinds/index.ts'),
    import('../pipeline/no_model.ts'),
  ]);
  const { value, checkable, diagnostics: found } = analyze(source, KINDS);
  const empty = noModelWarning(value, source);
  const diagnostics = empty ? [...found, empty] : found;
  if (!checkable?.checks.length) return { report: { source, diagnostics } };
  const [{ budgetsOf }, { inOrder }] = await Promise.all([
    import('./budgets.ts'),
    import('../dsl/problem.ts'),
  ]);
  const evaluated = await budgetsOf(checkable, source, onShare);
  const report = { source, diagnostics: inOrder([...diagnostics, ...evaluated.diagnostics]) };
  return { report, budgets: evaluated.budgets };
}

function summary(files: number, errors: number, warnings: number, notes: number): string {
  const found = [
    errors && counted(errors, 'error'),
    warnings && counted(warnings, 'warning'),
    notes && counted(notes, 'note'),
  ].filter(Boolean);
  return `${counted(files, 'file')} checked: ${found.length > 0 ? found.join(', ') : 'no mistakes'}`;
}
