/** The table of predicted times, with a column for each device. */

import type { ModelReport } from '../report.ts';
import type { Predicted } from '../time/predict.ts';
import { secondsOf, type Time } from '../time/time.ts';
import { duration } from './duration.ts';
import { exact } from './numbers.ts';
import type { Section } from './section.ts';

/** The share of each cause in the time, the largest share first: `arithmetic 92 %, memory 7 %`. */
function waits(time: Time): string {
  const all = secondsOf(time);
  const names = { arithmetic: 'arithmetic', memory: 'memory', overhead: 'starting kernels' } as const;
  return Object.entries(names)
    .map(([kind, name]) => ({ name, share: Math.round((100 * time[kind as keyof Time]) / all) }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share)
    .map(({ name, share }) => `${name} ${share} %`)
    .join(', ');
}

const noteOf = ({ machine, encoder, decoder }: Predicted): string => {
  const word = decoder ? `; time of a word: ${waits(decoder.word)}` : '';
  const source = machine.source === '' ? '' : ` (${machine.source})`;
  return `${machine.name}${source}. Time of the encoder: ${waits(encoder.total)}${word}.`;
};

export function timesSection({ lengths }: ModelReport, predicted: readonly Predicted[]): Section {
  const [{ encoder, decoder, precision }] = predicted as readonly [Predicted, ...Predicted[]];
  const row = (name: string, of: (one: Predicted) => Time): readonly string[] => [
    name,
    ...predicted.map((one) => duration(secondsOf(of(one)))),
  ];
  const rows = [
    ...encoder.layers.map((_, i) => row(`encoder, layer ${i + 1}`, (one) => one.encoder.layers[i]!)),
    row('encoder, outside its layers', (one) => one.encoder.rest),
    row('encoder', (one) => one.encoder.total),
    ...(decoder
      ? [
          row('memory projections', (one) => one.decoder!.projections),
          row('a word, on average', (one) => one.decoder!.word),
          row(`${exact(lengths.target)} words`, (one) => one.decoder!.words),
        ]
      : []),
    row('all', (one) => one.total),
  ];
  return {
    title: `Predicted time in ${precision}`,
    head: ['part', ...predicted.map(({ machine }) => machine.name)],
    rows,
    right: predicted.map((_, i) => i + 1),
    summed: true,
    notes: predicted.map(noteOf),
  };
}
