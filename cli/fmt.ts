/** `benben fmt`: formats files in the standard layout, and prints the names of files that changed or would change. */
import { format } from '../dsl/index.ts';
import type { Report } from '../dsl/render.ts';

import type { Call } from './command.ts';
import { EXIT, InputFault } from './faults.ts';
import type { Output } from './output.ts';
import { writeText } from './overwriting.ts';
import { expandPatterns } from './patterns.ts';
import { createProgress, pause } from './progress.ts';
import { onlyOneStdin, readSource } from './read.ts';

export async function run({ args, flags, output }: Call): Promise<number> {
  onlyOneStdin(args);
  const check = flags.on('check');
  const changed: string[] = [];
  const { paths, unmatched } = await expandPatterns(args);
  const faults: Report[] = [...unmatched];
  const progress = createProgress(output);
  for (const [i, path] of paths.entries()) {
    progress.stage('formatting', i / paths.length);
    if (i > 0) await pause();
    try {
      if (await formatFile(path, check, output)) changed.push(path);
    } catch (error) {
      if (!(error instanceof InputFault)) {
        progress.end();
        throw error;
      }
      faults.push(...error.reports);
    }
  }
  progress.end();
  // The formatted text of standard input is itself the JSON result, unless it is only checked.
  const printed = args.includes('-') && !check;
  if (output.json && faults.length === 0 && !printed) await output.printJson({ changed });
  if (faults.length > 0) throw new InputFault(faults);
  return check && changed.length > 0 ? EXIT.input : EXIT.done;
}

/** Formats a file, and returns whether its text changed. */
async function formatFile(path: string, check: boolean, output: Output): Promise<boolean> {
  const source = await readSource(path, output);
  const text = output.take(format(source), source);
  const changed = text !== source.text;
  if (path === '-' && !check)
    await output.print(output.json ? `${JSON.stringify({ changed, text }, null, 2)}\n` : text);
  else if (changed && !check) await writeText(path, text, output);
  if (changed && !output.json && (path !== '-' || check)) await output.print(`${path}\n`);
  return changed;
}
