/** `benben replay`: runs the passes of a reproducer again. */
import { OPS } from '../compiler/ops/index.ts';
import { PASSES, replay } from '../passes/index.ts';
import { table } from '../report/view/table.ts';
import type { Call } from './command.ts';
import { EXIT, PassFault } from './faults.ts';
import { reportsOf } from './output.ts';
import { readText } from './read.ts';
import { seconds } from './spelling.ts';

/** The largest reproducer that is read. Even the printed graph of a thousand layers has only some megabytes. */
const MAX_BYTES = 64 << 20;

export async function run({ args, output }: Call): Promise<number> {
  const source = await readText(args[0]!, MAX_BYTES, output);
  const outcome = replay(source, { ops: OPS, passes: PASSES });
  if (outcome.reproducer !== undefined) {
    throw new PassFault(reportsOf(outcome.diagnostics, source), outcome.reproducer);
  }
  const { stats } = output.take(outcome, source);
  if (output.json) {
    await output.printJson({ passes: stats, diagnostics: output.warnings() });
    return EXIT.done;
  }
  const rows = stats.map(({ name, ms, before, after }) => [name, seconds(ms), `${before} → ${after} nodes`]);
  if (rows.length > 0) await output.print(`${table(rows, { right: [1] })}\n`);
  output.note('all passes succeeded: the failure does not occur in this version');
  return EXIT.done;
}
