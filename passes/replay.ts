/** Runs the graph in a reproducer (`reproducer.ts`) through the passes that the reproducer names. */
import { OPSETS, opsetRow } from '../compiler/ir/opsets.ts';
import { parseGraph } from '../compiler/ir/text.ts';
import { verify } from '../compiler/ir/verify.ts';
import type { Source } from '../dsl/diagnostics.ts';
import { passProblem } from './codes.ts';
import { type Pass, type PassContext, PRECISIONS, type Precision, TARGETS, type Target } from './pass.ts';
import { type PassesOutcome, type RunOptions, runPasses } from './run.ts';

export interface ReplayContext extends Pick<PassContext, 'ops'> {
  /** The passes that a reproducer may name. */
  readonly passes: Readonly<Record<string, Pass>>;
}

/** The value of a header line, from the comments above the graph. */
function header(text: string, name: string): string | undefined {
  const above = text.split(/^\s*graph\b/m, 1)[0]!;
  return above.match(new RegExp(`^//\\s*${name}:[ \\t]*(.*?)\\s*$`, 'm'))?.[1];
}

/** Runs the passes of a reproducer on its graph. If one fails, the outcome has diagnostics and a new reproducer. */
export function replay(
  source: Source,
  { ops, passes }: ReplayContext,
  options: RunOptions = {},
): PassesOutcome {
  const { value: graph, diagnostics } = parseGraph(source, ops);
  if (!graph) return { diagnostics };
  const names = header(source.text, 'passes')
    ?.split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const target = header(source.text, 'target');
  if (!names) return unreadable('there is no line `// passes: …` above the graph');
  const known = TARGETS.find((name): name is Target => name === target);
  if (!known) return unreadable(`\`// target: …\` above the graph is not one of ${TARGETS.join(', ')}`);
  const named = header(source.text, 'precision') ?? 'fp32';
  const precision = PRECISIONS.find((name): name is Precision => name === named);
  if (!precision)
    return unreadable(`\`// precision: …\` above the graph is not one of ${PRECISIONS.join(', ')}`);
  const opset = header(source.text, 'opset');
  if (opset !== undefined && !opsetRow(Number(opset)))
    return unreadable(
      `\`// opset: …\` above the graph is not one of ${OPSETS.map((row) => row.opset).join(', ')}`,
    );
  const unknown = names.find((name) => !Object.hasOwn(passes, name));
  if (unknown !== undefined) {
    const help = `the passes are: ${Object.keys(passes).join(', ')}`;
    return { diagnostics: [passProblem('D323', `there is no pass '${unknown}'`, help)] };
  }
  const faults = verify(graph, ops);
  if (faults.length > 0) {
    const help = 'no pass is at fault: the file was changed, or it was written for another version of Benben';
    const message = `the graph breaks ${faults.length === 1 ? 'a rule' : `${faults.length} rules`} of the IR before any pass runs`;
    return { diagnostics: [...faults, passProblem('D324', message, help)] };
  }
  return runPasses(
    graph,
    names.map((name) => passes[name]!),
    { ops, target: known, precision, ...(opset !== undefined && { opset: Number(opset) }) },
    options,
  );
}

const unreadable = (message: string): PassesOutcome => ({
  diagnostics: [
    passProblem(
      'D324',
      message,
      'give the whole file that was written when the pass failed, including its first lines',
    ),
  ],
});
