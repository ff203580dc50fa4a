/** `benben check`: what is wrong with .ben and .onnx files. It is the result, so it goes to stdout. */
import type { Outcome, Source } from '../dsl/diagnostics.ts';
import { type RenderFormat, type Report, renderAll } from '../dsl/render.ts';
import type { Program } from '../dsl/spec.ts';
import { type CheckOptions, checkFile as checkOnnxFile } from '../runtime/check/index.ts';
import { deviceNamed } from '../runtime/devices.ts';
import type { Call } from './commands.ts';
import { EXIT, InputFault, UsageFault } from './faults.ts';
import type { Output } from './output.ts';
import { expandPatterns } from './patterns.ts';
import { isOnnx, onlyOneStdin, readSource } from './read.ts';
import { counted } from './spelling.ts';

export async function run({ args, flags, output }: Call): Promise<number> {
  onlyOneStdin(args);
  const { paths, unmatched } = await expandPatterns(args);
  const [device, source] = [flags.text('device'), flags.text('source')];
  const option = device === undefined ? source && '--source' : '--device';
  if (option && !paths.some(isOnnx) && unmatched.length === 0)
    throw new UsageFault(`${option} is for .onnx files, and there is none`);
  const options: CheckOptions = {
    ...(device !== undefined && { device: deviceNamed(device)! }),
    ...(source !== undefined && { source: await readSource(source, output) }),
  };
  const format = flags.choice<RenderFormat>('format') ?? (output.json ? 'json' : 'text');
  const reports: Report[] = unmatched.map((diagnostic) => ({ source: undefined, diagnostics: [diagnostic] }));
  let budgets = 0;
  for (const path of paths) {
    if (isOnnx(path)) {
      // There is no text to point into; `where` tells the place in the model.
      reports.push({ source: { path, text: '' }, diagnostics: await checkOnnxFile(path, options) });
      continue;
    }
    const { report, value } = await checkFile(path, output);
    reports.push(report);
    for (const check of value?.checks ?? []) budgets += check.budgets.length;
  }
  // Only there codes are explained, and all of them take a while to load.
  const codes = format === 'sarif' && (await import('./codes.ts')).allCodes();
  const text = renderAll(reports, { format, color: output.out.isColorSupported, ...(codes && { codes }) });
  if (text !== '') await output.print(text);
  const all = reports.flatMap(({ diagnostics }) => diagnostics);
  const count = (which: string): number => all.filter(({ severity }) => severity === which).length;
  const [errors, warnings] = [count('error'), count('warning')];
  output.note(summary(paths.length, errors, warnings, count('note')));
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
  // The language is not needed for .onnx files, and takes a while to load.
  const [{ analyze }, { KINDS }] = await Promise.all([
    import('../dsl/index.ts'),
    import('../compiler/kinds/index.ts'),
  ]);
  const { value, diagnostics }: Outcome<Program> = analyze(source, KINDS);
  const report = { source, diagnostics };
  return value ? { report, value } : { report };
}

function summary(files: number, errors: number, warnings: number, notes: number): string {
  const found = [
    errors && counted(errors, 'error'),
    warnings && counted(warnings, 'warning'),
    notes && counted(notes, 'note'),
  ].filter(Boolean);
  return `${counted(files, 'file')} checked: ${found.length > 0 ? found.join(', ') : 'no mistakes'}`;
}
