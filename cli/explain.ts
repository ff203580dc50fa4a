/** `benben explain`: explains one diagnostic code, or lists all of them. */
import { explain, suggest } from '../dsl/index.ts';
import { table } from '../report/view/table.ts';
import { allCodes } from './codes.ts';
import type { Call } from './command.ts';
import { EXIT, UsageFault } from './faults.ts';

export async function run({ args, output }: Call): Promise<number> {
  const codes = allCodes();
  const asked = args[0];
  if (asked === undefined) {
    const rows = Object.entries(codes).sort(([a], [b]) => (a < b ? -1 : 1));
    if (output.json) await output.printJson({ codes: rows.map(([code, { title }]) => ({ code, title })) });
    else await output.print(`${table(rows.map(([code, { title }]) => [output.out.bold(code), title]))}\n`);
    return EXIT.done;
  }
  const id = asked.toUpperCase();
  const text = explain(id, codes);
  if (text === undefined) {
    const near = suggest(id, Object.keys(codes));
    throw new UsageFault(
      `there is no diagnostic code '${asked}'`,
      near ? `did you mean ${near}?` : '`benben explain` lists all codes',
    );
  }
  if (output.json) await output.printJson({ code: id, ...codes[id]! });
  else await output.print(text);
  return EXIT.done;
}
