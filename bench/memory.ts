/** Compares the memory that ONNX Runtime takes for the encoder's activations with the planned peak (docs/costs.md). */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { OPS } from '../compiler/ops/index.ts';
import { compile } from '../index.ts';
import { peakOf } from '../report/memory/memory.ts';
import type { Bench, BenchResult } from './measure.ts';
import { EXAMPLE, writeModel } from './models.ts';

const RUN = fileURLToPath(new URL('allocation.js', import.meta.url));
/** Makes malloc request every large block from the system and return it at once. */
const EAGER = { MALLOC_MMAP_THRESHOLD_: '65536', MALLOC_TRIM_THRESHOLD_: '65536' };

export const memory: Bench = async (say) => {
  const model = await writeModel('encode');
  const source = { path: EXAMPLE, text: await readFile(EXAMPLE, 'utf8') };
  const { graph } = compile(source, { entry: 'encode' }).value!;
  const rows: BenchResult[] = [];
  for (const length of [2048, 8192]) {
    say(`memory of a run on one document of ${length} tokens, in a separate process`);
    const options = { env: { ...process.env, ...EAGER } };
    const { stdout } = await promisify(execFile)(process.execPath, [RUN, model, String(length)], options);
    const lengths = new Map(Object.entries({ batch: 1, length }));
    const [planned, live] = (['onnxruntime', 'live'] as const).map((plan) =>
      Number(peakOf(graph, OPS, lengths, plan).bytes),
    ) as [number, number];
    rows.push({
      name: `encoder at ${length} tokens, memory of a run / its planned peak`,
      unit: 'ratio',
      value: Number(stdout) / planned,
      goal: { at: 1.1, better: 'below' },
      details: { measuredBytes: Number(stdout), plannedBytes: planned, liveBytes: live },
    });
  }
  return rows;
};
