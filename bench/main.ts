/**
 * `npm run bench` prints a table and writes bench/results.json. Every row is a ratio, a size or a time that was measured
 * in this run. No test checks these numbers. The arguments are the names of the benchmarks to run.
 */
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { VERSION } from '../pipeline/constants.ts';
import { removeTemporaries } from '../runtime/temporary.ts';
import { chosen } from './choose.ts';
import { cold } from './cold.ts';
import { decode } from './decode.ts';
import { encoder } from './encoder.ts';
import type { Bench, BenchResult } from './measure.ts';
import { memory } from './memory.ts';
import { packing } from './packing.ts';
import { WrongModel } from './peers/compare.ts';
import { peers, peersSmall } from './peers/index.ts';
import { precision } from './precision.ts';
import { processes } from './process.ts';
import { report } from './report.ts';
import { softTopK } from './soft_topk.ts';
import { systems } from './systems.ts';

const BENCHES: Readonly<Record<string, Bench>> = {
  encoder,
  decode,
  precision,
  packing,
  systems,
  softTopK,
  cold,
  processes,
  memory,
  report,
};

/** These run only where they are named, because they need packages that npm does not install. */
const NAMED: Readonly<Record<string, Bench>> = { peers, peersSmall };

const requested = process.argv.slice(2);
const choice = chosen(requested, Object.keys(BENCHES), Object.keys(NAMED));
if ('wrong' in choice) {
  console.error(choice.wrong);
  process.exit(2);
}
const rows: BenchResult[] = [];
for (const name of choice.names) {
  const bench = BENCHES[name] ?? NAMED[name]!;
  try {
    rows.push(...(await bench((line) => void process.stderr.write(`… ${line}\n`))));
  } catch (error) {
    if (!(error instanceof WrongModel)) throw error;
    console.error(`${name}: ${error.message}`);
    process.exitCode = 1;
  }
}
removeTemporaries();

const width = Math.max(...rows.map((row) => row.name.length));
for (const { name, value, unit, goal } of rows) {
  const reached = goal.better === 'above' ? value >= goal.at : value <= goal.at;
  const mark = reached ? 'reached' : 'missed';
  const limit = `${goal.better === 'above' ? '≥' : '≤'} ${goal.at}`;
  console.log(
    `${name.padEnd(width)}  ${value.toFixed(2).padStart(9)} ${unit.padEnd(10)}  ${limit.padEnd(7)} ${mark}`,
  );
}
const machine = { processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
if (requested.length === 0) {
  await writeFile('bench/results.json', `${JSON.stringify({ version: VERSION, machine, rows }, null, 2)}\n`);
}
