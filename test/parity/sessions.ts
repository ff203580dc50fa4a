/** Compiles a system of the oracle with the whole compiler, and runs it in ONNX Runtime. */
import { InferenceSession } from 'onnxruntime-node';
import { expect } from 'vitest';
import { emit, encodeSingleFile } from '../../compiler/emit/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import type { Tensor } from '../../compiler/ir/op.ts';
import { type Entry, lower, type SearchSettings } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { PIPELINES, type Target } from '../../passes/index.ts';
import { runPasses } from '../../passes/run.ts';
import { fromOrt, toOrt } from '../compiler/emit/onnx.ts';
import type { OracleConfig, OracleWeights } from '../oracle/model.ts';
import { sourceOf, specOf } from './systems.ts';

export interface Variant {
  readonly passes: keyof typeof PIPELINES;
  readonly inline: boolean;
  /** The default is `cpu`. */
  readonly target?: Target;
}

export type Run = (feeds: Readonly<Record<string, Tensor>>) => Promise<Record<string, Tensor>>;

export function graphFor(
  config: OracleConfig,
  entry: Entry,
  { passes, target = 'cpu' }: Pick<Variant, 'passes' | 'target'>,
  search: Partial<SearchSettings> = {},
): Graph {
  const lowered = lower(specOf(config), { entry, compat: config.compat ?? 'none', ...search });
  const run = runPasses(lowered.value!, PIPELINES[passes], { ops: OPS, target });
  expect(run.diagnostics).toEqual([]);
  return run.value!.graph;
}

export async function sessionFor(
  config: OracleConfig,
  weights: OracleWeights,
  entry: Entry,
  variant: Variant,
  search: Partial<SearchSettings> = {},
): Promise<Run> {
  const graph = graphFor(config, entry, variant, search);
  const emitted = emit(graph, { ops: OPS, metadata: {}, version: 'test', inline: variant.inline });
  const bytes = await encodeSingleFile(emitted, sourceOf(weights));
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  return async (feeds) => {
    const out = await session.run(
      Object.fromEntries(Object.entries(feeds).map(([name, t]) => [name, toOrt(t)])),
    );
    return Object.fromEntries(Object.entries(out).map(([name, t]) => [name, fromOrt(t)]));
  };
}
