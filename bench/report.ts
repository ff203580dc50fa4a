/** `benben report` as a process: people and CI wait for it. In alternation with a Node that does nothing. */
import { spawn } from 'node:child_process';
import { type Bench, median } from './measure.ts';
import { EXAMPLE } from './models.ts';
import { CLI } from './process.ts';

/** Milliseconds from the start of `node ARGS` to its end. */
function time(args: readonly string[]): Promise<number> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(performance.now() - start);
      else reject(new Error(`node ${args.join(' ')} ended with ${code}`));
    });
  });
}

const TIMES = 9;

export const report: Bench = async (say) => {
  say('reports of DeepPyramidion and Blockwise, process start included');
  const [reports, nothing]: [number[], number[]] = [[], []];
  for (let i = 0; i <= TIMES; i++) {
    reports.push(await time([CLI, 'report', EXAMPLE]));
    nothing.push(await time(['-e', '0']));
  }
  // The first of each read the files from the disk.
  const [reportMs, nodeMs] = [reports, nothing].map((all) => median(all.slice(1))) as [number, number];
  return [
    {
      name: 'report of DeepPyramidion and Blockwise, process start included',
      unit: 's',
      value: reportMs / 1000,
      goal: { at: 0.4, better: 'below' },
      details: { nodeAloneSeconds: nodeMs / 1000 },
    },
  ];
};
