/** Measures the time of the process `benben report`, alternately with a Node process that does nothing. */
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
      else reject(new Error(`node ${args.join(' ')} ended with exit code ${code}`));
    });
  });
}

const TIMES = 9;

export const report: Bench = async (say) => {
  say('reports of DeepPyramidion, process start included');
  const commands = {
    one: [CLI, 'report', EXAMPLE, '--model', 'DeepPyramidion'],
    both: [CLI, 'report', EXAMPLE],
    nothing: ['-e', '0'],
  };
  const times = { one: [] as number[], both: [] as number[], nothing: [] as number[] };
  for (let i = 0; i <= TIMES; i++)
    for (const name of ['one', 'both', 'nothing'] as const) times[name].push(await time(commands[name]));
  // The first run of each command reads its files from the disk, so it does not count.
  const seconds = (all: readonly number[]): number => median(all.slice(1)) / 1000;
  return [
    {
      name: 'report of DeepPyramidion, process start included',
      unit: 's',
      value: seconds(times.one),
      goal: { at: 0.4, better: 'below' },
      details: { withBlockwiseSeconds: seconds(times.both), nodeAloneSeconds: seconds(times.nothing) },
    },
  ];
};
