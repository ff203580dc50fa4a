/** `benben check`: the language's diagnostics and broken budgets. They are the result, so they go to stdout. */
import { KINDS } from '../compiler/kinds/index.ts';
import type { Source } from '../dsl/diagnostics.ts';
import { analyze } from '../dsl/index.ts';
import { type RenderFormat, type Report, renderAll } from '../dsl/render.ts';
import { budgetsTable, budgetsText, withBudgets } from './budget_lines.ts';
import type { Budgets } from './budgets.ts';
import type { Call } from './commands.ts';
import { EXIT, InputFault, UsageFault } from './faults.ts';
import type { Output } from './output.ts';
import { isOnnx, onlyOneStdin, readSource } from './read.ts';
import { counted } from './spelling.ts';

export async function run({ args, flags, output }: Call): Promise<number> {
  onlyOneStdin(args);
  const onnx = args.find(isOnnx);
  if (onnx !== undefined) {
    const help = '`benben inspect` tells what is in it; `benben check` takes .ben files';
    throw new UsageFault(`checking an .onnx file comes with a later version: ${onnx}`, help);
  }
  const format = flags.choice<RenderFormat>('format') ?? (output.json ? 'json' : 'text');
  const reports: Report[] = [];
  const budgets: Budgets[] = [];
  for (const path of args) {
    const checked = await checkFile(path, output);
    reports.push(checked.report);
    if (checked.budgets) budgets.push(checked.budgets);
  }
  const listed = flags.on('budgets') && format === 'text' ? budgetsTable(budgets, output.out) : '';
  const found = renderAll(reports, { format, color: output.out.isColorSupported });
  const text = listed + withBudgets(found, format, budgets);
  if (text !== '') await output.print(text);
  const all = reports.flatMap(({ diagnostics }) => diagnostics);
  const errors = all.filter(({ severity }) => severity === 'error').length;
  const warnings = all.length - errors;
  output.note([summary(args.length, errors, warnings), budgetsText(budgets)].filter(Boolean).join('; '));
  return errors > 0 || (flags.on('strict') && warnings > 0) ? EXIT.input : EXIT.done;
}

/** A file that cannot be read is one more diagnostic, and the other files are checked all the same. */
async function checkFile(path: string, output: Output): Promise<{ report: Report; budgets?: Budgets }> {
  let source: Source;
  try {
    source = await readSource(path, output);
  } catch (error) {
    if (!(error instanceof InputFault)) throw error;
    return { report: { source: undefined, diagnostics: error.reports.flatMap((r) => r.diagnostics) } };
  }
  const { value, diagnostics } = analyze(source, KINDS);
  if (!value?.checks.length) return { report: { source, diagnostics } };
  const evaluated = (await import('./budgets.ts')).budgetsOf(value, source);
  const report = { source, diagnostics: [...diagnostics, ...evaluated.diagnostics] };
  return { report, budgets: evaluated.budgets };
}

function summary(files: number, errors: number, warnings: number): string {
  const found = [errors && counted(errors, 'error'), warnings && counted(warnings, 'warning')].filter(
    Boolean,
  );
  return `${counted(files, 'file')} checked: ${found.length > 0 ? found.join(', ') : 'no mistakes'}`;
}
