/** `benben check`: the language's diagnostics. They are the result, so they go to stdout. */
import { KINDS } from '../compiler/kinds/index.ts';
import type { Diagnostic, Outcome, Source } from '../dsl/diagnostics.ts';
import { analyze } from '../dsl/index.ts';
import { type RenderFormat, type Report, renderAll } from '../dsl/render.ts';
import type { Program } from '../dsl/spec.ts';
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
  let budgets = 0;
  for (const path of args) {
    const { report, value } = await checkFile(path, output);
    reports.push(report);
    for (const check of value?.checks ?? []) budgets += check.budgets.length;
  }
  const text = renderAll(reports, { format, color: output.out.isColorSupported });
  if (text !== '') await output.print(text);
  const all = reports.flatMap(({ diagnostics }) => diagnostics);
  const errors = all.filter(({ severity }) => severity === 'error').length;
  const warnings = all.length - errors;
  output.note(summary(args.length, errors, warnings));
  if (budgets > 0) {
    output.note(
      `note: ${counted(budgets, 'budget')} in check blocks: names and units are checked, but this version cannot evaluate budgets yet`,
    );
  }
  return errors > 0 || (flags.on('strict') && warnings > 0) ? EXIT.input : EXIT.done;
}

/** A file that cannot be read is one more diagnostic, and the other files are checked all the same. */
async function checkFile(path: string, output: Output): Promise<{ report: Report; value?: Program }> {
  let source: Source;
  try {
    source = await readSource(path, output);
  } catch (error) {
    if (!(error instanceof InputFault)) throw error;
    return { report: { source: undefined, diagnostics: error.reports.flatMap((r) => r.diagnostics) } };
  }
  const { value, diagnostics }: Outcome<Program> = analyze(source, KINDS);
  const report = { source, diagnostics: diagnostics satisfies readonly Diagnostic[] };
  return value ? { report, value } : { report };
}

function summary(files: number, errors: number, warnings: number): string {
  const found = [errors && counted(errors, 'error'), warnings && counted(warnings, 'warning')].filter(
    Boolean,
  );
  return `${counted(files, 'file')} checked: ${found.length > 0 ? found.join(', ') : 'no mistakes'}`;
}
