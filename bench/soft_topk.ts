/** Compares SoftTopK as it is emitted (weights from the scores, then one gather) with its definition (rounds on embeddings). */
import type { Builder } from '../compiler/ir/build.ts';
import { type } from '../compiler/ir/graph.ts';
import { softTopk } from '../compiler/ops/soft_topk.ts';
import { alternate, type Bench, type BenchResult, median, overRounds } from './measure.ts';
import { floats, openGraph } from './models.ts';

const [N, WIDTH] = [8192, 768];

/** A graph whose only output is y, so that the rounds carry nothing that y does not need. */
const graph = (k: number, form: string) => (b: Builder) => {
  const [x, score] = [b.input('x', type('f32', 1, N, WIDTH)), b.input('score', type('f32', 1, N))];
  b.output('y', b.many(softTopk, [x, score, null], { k, form })[0]!);
};

export const softTopK: Bench = async (say) => {
  const rows: BenchResult[] = [];
  const feeds = { x: floats(1, N, WIDTH), score: floats(1, N) };
  for (const k of [4096, 2048, 512, 128]) {
    say(`SoftTopK ${N} to ${k}`);
    const [tournament, rounds] = [
      await openGraph(graph(k, 'tournament')),
      await openGraph(graph(k, 'rounds')),
    ];
    const times = await alternate(9, {
      tournament: () => tournament.run(feeds),
      rounds: () => rounds.run(feeds),
    });
    rows.push({
      name: `SoftTopK ${N} to ${k} x ${WIDTH}, as emitted / round by round`,
      unit: 'time ratio',
      value: overRounds(times, (t) => t.tournament / t.rounds),
      goal: { at: 1, better: 'below' },
      details: { tournamentMs: median(times.tournament), roundsMs: median(times.rounds) },
    });
    await tournament.release();
    await rounds.release();
  }
  return rows;
};
