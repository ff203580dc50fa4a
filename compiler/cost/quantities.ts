/**
 * The quantities of a report, by the names that `--json` and `check` blocks have for them (in their own spelling):
 * what models are compared by, and what a sweep tells. Null where a model has no such thing.
 */
import { constant, type Polynomial, sum } from './polynomial.ts';
import type { Counted, ModelReport } from './report.ts';

export interface ReportQuantity {
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly measures: 'multiplications' | 'entries' | 'parameters' | 'bytes';
  readonly of: (report: ModelReport) => Counted | null;
}

const known = (count: bigint | null): Counted | null =>
  count === null ? null : { count, formula: constant(count) };

function together(...all: readonly (Counted | undefined)[]): Counted {
  const some = all.filter((one) => one !== undefined);
  return {
    count: some.reduce((total, { count }) => total + count, 0n),
    formula: sum(...some.map(({ formula }): Polynomial => formula)),
  };
}

export const REPORT_QUANTITIES: readonly ReportQuantity[] = [
  {
    name: 'selfAttention',
    title: 'encoder self-attention',
    measures: 'multiplications',
    of: ({ encoder }) => encoder.macs.attention,
  },
  {
    name: 'crossAttention',
    title: 'cross-attention',
    measures: 'multiplications',
    of: ({ decoder }) => decoder?.macs.crossAttention ?? null,
  },
  {
    name: 'decoderSelfAttention',
    title: 'decoder self-attention',
    measures: 'multiplications',
    of: ({ decoder }) => decoder?.macs.selfAttention ?? null,
  },
  {
    name: 'attention',
    title: 'all attention',
    measures: 'multiplications',
    of: ({ encoder, decoder }) =>
      together(encoder.macs.attention, decoder?.macs.selfAttention, decoder?.macs.crossAttention),
  },
  {
    name: 'projections',
    title: 'projections',
    measures: 'multiplications',
    of: ({ encoder, decoder }) => together(encoder.macs.projections, decoder?.macs.projections),
  },
  {
    name: 'memoryProjections',
    title: 'memory projections',
    measures: 'multiplications',
    of: ({ decoder }) => decoder?.macs.memoryProjections ?? null,
  },
  {
    name: 'ffn',
    title: 'feed-forward networks',
    measures: 'multiplications',
    of: ({ encoder, decoder }) => together(encoder.macs.ffn, decoder?.macs.ffn),
  },
  { name: 'score', title: 'scorers', measures: 'multiplications', of: ({ encoder }) => encoder.macs.score },
  { name: 'pool', title: 'poolings', measures: 'multiplications', of: ({ encoder }) => encoder.macs.pool },
  {
    name: 'head',
    title: 'output projection',
    measures: 'multiplications',
    of: ({ decoder }) => decoder?.macs.head ?? null,
  },
  {
    name: 'encoderMacs',
    title: 'encoder',
    measures: 'multiplications',
    of: ({ encoder }) => encoder.macs.total,
  },
  {
    name: 'decoderMacs',
    title: 'decoder',
    measures: 'multiplications',
    of: ({ decoder }) => decoder?.macs.total ?? null,
  },
  { name: 'macs', title: 'everything', measures: 'multiplications', of: ({ macs }) => macs },
  {
    name: 'attentionElements',
    title: 'attention matrices',
    measures: 'entries',
    of: ({ entries }) => entries,
  },
  {
    name: 'parameters',
    title: 'parameters',
    measures: 'parameters',
    of: ({ parameters }) => known(parameters.total),
  },
  {
    name: 'weightBytes',
    title: 'weights',
    measures: 'bytes',
    of: ({ memory }) => known(memory.weightBytes),
  },
  {
    name: 'peakActivationBytes',
    title: 'activations at once',
    measures: 'bytes',
    of: ({ memory }) => known(memory.peakActivationBytes),
  },
  {
    name: 'kvCacheBytes',
    title: 'keys and values kept',
    measures: 'bytes',
    of: ({ memory }) => known(memory.kvCacheBytes),
  },
];
