/** Compares models in one table, in the form of the paper's Table 1. */
import type { ReportedModel } from '../document.ts';
import type { Table1 } from '../table1.ts';
import { distinct } from './distinct.ts';
import { decimals, exact, short } from './numbers.ts';
import type { Section } from './section.ts';

const productOf = ({ selfAttention: { text }, atMost }: Table1): string =>
  text === null ? '–' : atMost ? `at most ${text}` : text;

export function comparison(models: readonly ReportedModel[]): Section {
  const against = models.find(({ ratios }) => ratios)?.ratios?.against;
  const rows = distinct(models).map(({ report }) => {
    const { name, lengths, table1, encoder, decoder, macs, parameters } = report;
    return [
      name,
      exact(lengths.length),
      productOf(table1),
      table1.crossAttention?.text ?? '–',
      decimals(table1.c, 4),
      short(encoder.macs.attention.count),
      decoder ? short(decoder.macs.crossAttention.count) : '–',
      short(macs.count),
      short(parameters.total),
    ];
  });
  return {
    title: 'Models',
    head: [
      'system',
      'n',
      'self-attention',
      'cross-attention',
      'c',
      'self',
      'cross',
      'all multiplications',
      'parameters',
    ],
    rows,
    right: [1, 4, 5, 6, 7, 8],
    notes: [
      'The columns self and cross count the multiplications in QKᵀ and PV: self in the encoder’s self-attention, cross in the decoder’s attention to the memory.',
      ...(against === undefined
        ? []
        : [`Below, every other model has a table of its ratios against ${against}.`]),
    ],
  };
}
