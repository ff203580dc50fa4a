/**
 * Measures a cold `benben run` of a compiled int8 model up to its first token, and the share of its time outside
 * arithmetic.
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addTemporary } from '../runtime/temporary.ts';
import { alternate, type Bench, median, overRounds } from './measure.ts';
import { document, forced, open, writeModel } from './models.ts';
import { runCli } from './process.ts';

export const cold: Bench = async (say) => {
  const model = await writeModel('generate', { precision: 'int8' });
  const folder = await mkdtemp(join(tmpdir(), 'benben-bench-'));
  addTemporary(folder);
  const text = join(folder, 'document.txt');
  // The byte tokenizer ends a document with eos, so 8191 bytes make 8192 tokens.
  await writeFile(text, 'A stone that a pyramid ends in is called a benben. '.repeat(200).slice(0, 8191));
  const session = await open(model);
  say('cold `benben run` of int8 DeepPyramidion on 8192 tokens, up to its first token');
  const feeds = { ...document(8192), ...forced(0) };
  const times = await alternate(7, {
    cold: () => runCli(['run', model, '--input', text, '--max', '0', '--quiet']),
    warm: () => session.run(feeds),
  });
  await session.release();
  return [
    {
      name: 'cold `run` of int8 DeepPyramidion to its first token: share that is not arithmetic',
      unit: 'share',
      value: overRounds(times, (t) => 1 - t.warm / t.cold),
      goal: { at: 0.15, better: 'below' },
      details: { coldMs: median(times.cold), arithmeticMs: median(times.warm) },
    },
  ];
};
