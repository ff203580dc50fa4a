/** `benben types`: writes typed bindings for the models of a file. */

import { parse } from '../pipeline/compile.ts';

import { bindings } from './bindings.ts';
import type { Call } from './command.ts';
import { EXIT } from './faults.ts';
import { refuseOverwriting, writeText } from './overwriting.ts';
import { readSource } from './read.ts';
import { counted } from './spelling.ts';

export async function run({ args, flags, output }: Call): Promise<number> {
  const source = await readSource(args[0]!, output);
  const program = output.take(parse(source), source);
  const path = flags.text('output') ?? '-';
  const text = output.take(
    bindings(program, { source: source.path, typesOnly: path.endsWith('.d.ts') }),
    source,
  );
  if (path !== '-') {
    await refuseOverwriting([path], [args[0]]);
    await writeText(path, text, output);
  }
  if (output.json)
    await output.printJson({
      models: program.models.map(({ name }) => name),
      output: path,
      ...(path === '-' && { text }),
    });
  else await output.print(path === '-' ? text : `${path}\n`);
  if (path !== '-') output.note(`bindings for ${counted(program.models.length, 'model')} in ${source.path}`);
  return EXIT.done;
}
