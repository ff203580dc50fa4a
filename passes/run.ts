/**
 * Runs passes one after another. Everything that they have in common is here: timing, counting, verifying the
 * graph after each pass, calling `onPass`, and handling failures. A failing pass is a bug of Benben. It results in
 * diagnostics and a reproducer, which `benben replay` runs again.
 */
import { allNodes, type Graph } from '../compiler/ir/graph.ts';
import { verify } from '../compiler/ir/verify.ts';
import { type Diagnostic, DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import { passProblem } from './codes.ts';
import type { Pass, PassContext } from './pass.ts';
import { writeReproducer } from './reproducer.ts';
import { createRecorder, type RuleStats } from './trace.ts';

export interface RunOptions {
  /** Verify the graph before the first pass and after each; default true. */
  readonly verify?: boolean;
  /** Returns milliseconds. A clock that stands still makes the statistics deterministic. */
  readonly clock?: () => number;
  /** Keep each rule's nearest miss in the statistics. */
  readonly misses?: boolean;
  /** Called after each pass that did not fail, for `--print-ir` and `BENBEN_DUMP`. */
  readonly onPass?: (name: string, graph: Graph, changed: boolean) => void;
}

export interface PassStats {
  readonly name: string;
  /** The time of the pass alone, without verification. */
  readonly ms: number;
  readonly changed: boolean;
  /** The number of nodes, including those in regions. */
  readonly before: number;
  readonly after: number;
  readonly rules: readonly RuleStats[];
}

export interface Passed {
  readonly graph: Graph;
  readonly stats: readonly PassStats[];
}

export type PassesOutcome = Outcome<Passed> & {
  /**
   * Present if a pass failed: as text, the graph that this pass received, and the names of this and all later passes.
   */
  readonly reproducer?: string;
};

export function runPasses(
  graph: Graph,
  passes: readonly Pass[],
  ctx: Omit<PassContext, 'trace'>,
  options: RunOptions = {},
): PassesOutcome {
  const twice = passes.find(({ name }, i) => passes.findIndex((p) => p.name === name) < i);
  if (twice)
    return { diagnostics: [passProblem('D323', `the pipeline names the pass '${twice.name}' twice`)] };
  const verifies = options.verify ?? true;
  const check = (g: Graph): readonly Diagnostic[] => (verifies ? verify(g, ctx.ops) : []);
  const { clock = () => performance.now(), onPass } = options;

  const broken = check(graph);
  if (broken.length > 0)
    return { diagnostics: broken, reproducer: writeReproducer(graph, passes, ctx, broken[0]!) };
  const stats: PassStats[] = [];
  let current = graph;
  for (const [i, pass] of passes.entries()) {
    const recorder = createRecorder(options.misses ?? false);
    const start = clock();
    const result = attempt(pass, current, { ...ctx, trace: recorder }, check, () => clock() - start);
    if (!result.value) {
      const reproducer = writeReproducer(current, passes.slice(i), ctx, result.diagnostics[0]!);
      return { diagnostics: result.diagnostics, reproducer };
    }
    const { graph: next, ms } = result.value;
    const changed = next !== current;
    const [before, after] = [nodeCount(current), nodeCount(next)];
    stats.push({ name: pass.name, ms, changed, before, after, rules: recorder.rules() });
    current = next;
    onPass?.(pass.name, current, changed);
  }
  return { value: { graph: current, stats }, diagnostics: [] };
}

export const nodeCount = (graph: Graph): number => [...allNodes(graph.nodes)].length;

/** Runs, times and verifies one pass. Exceptions become diagnostics here and nowhere else. */
function attempt(
  pass: Pass,
  graph: Graph,
  ctx: PassContext,
  check: (g: Graph) => readonly Diagnostic[],
  elapsed: () => number,
): Outcome<{ readonly graph: Graph; readonly ms: number }> {
  try {
    const next = pass.run(graph, ctx);
    const ms = elapsed();
    const faults = next === graph ? [] : check(next);
    if (faults.length === 0) return { value: { graph: next, ms }, diagnostics: [] };
    const broke = passProblem('D321', `the pass '${pass.name}' broke ${faults.length} rule(s) of the IR`);
    return { diagnostics: [broke, ...faults] };
  } catch (error) {
    if (error instanceof DiagnosticError) {
      const named = error.diagnostics.map((d) => ({
        ...d,
        message: `in the pass '${pass.name}': ${d.message}`,
      }));
      return { diagnostics: named };
    }
    const why = error instanceof Error ? error.message : String(error);
    return { diagnostics: [passProblem('D320', `the pass '${pass.name}' failed: ${why}`)] };
  }
}
