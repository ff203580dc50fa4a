/** `benben fmt`: the standard layout. Prints the names of the files that changed (or would). */
import { format } from '../dsl/index.ts';
import type { Report } from '../dsl/render.ts';
import { writeAll, writeAtomically } from '../runtime/files.ts';
import type { Call } from './command.ts';
import { EXIT, InputFault } from './faults.ts';
import type { Output } from './output.ts';
import { expandPatterns } from './patterns.ts';
import { onlyOneStdin, readSource } from './read.ts';

export async function run({ args, flags, output }: Call): Promise<number> {
  onlyOneStdin(args);
  const check = flags.on('check');
  const changed: string[] = [];
  const { paths, unmatched } = await expandPatterns(args);
  const faults: Report[] = [...unmatched];
  for (const path of paths) {
    try {
      if (await formatFile(path, check, output)) changed.push(path);
    } catch (error) {
      if (!(error instanceof InputFault)) throw error;
      faults.push(...error.reports);
    }
  }
  if (output.json && faults.length === 0 && !args.includes('-')) await output.printJson({ changed });
  if (faults.length > 0) throw new InputFault(faults);
  return check && changed.length > 0 ? EXIT.input : EXIT.done;
}

/** Whether the text was not in the standard layout. */
async function formatFile(path: string, check: boolean, output: Output): Promise<boolean> {
  const source = await readSource(path, output);
  const text = output.take(format(source), source);
  const changed = text !== source.text;
  if (path === '-' && !check)
    await output.print(output.json ? `${JSON.stringify({ changed, text }, null, 2)}\n` : text);
  else if (changed && !check) {
    output.take(
      await writeAtomically(path, async (file) => {
        await writeAll(file, Buffer.from(text));
        return true;
      }),
    );
  }
  if (changed && !output.json && (path !== '-' || check)) await output.print(`${path}\n`);
  return changed;
}
