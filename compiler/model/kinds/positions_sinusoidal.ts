/** `positions sinusoidal`: fixed waves as fairseq computes them (SYSTEMS.md 5.3). */
import { sinusoidTable } from '../../ops/constants.ts';
import { gather } from '../../ops/gather.ts';
import type { PositionsKind } from './kind.ts';

/** fairseq's padding index, whose vector is zero; the first token stands at the one after it. */
const PADDING = 1;

export const sinusoidal: PositionsKind = {
  name: 'sinusoidal',
  doc: 'Sines and cosines of the position (Vaswani et al. 2017), laid out as fairseq does.',
  params: [],
  check: (_, { width }) =>
    width >= 4
      ? undefined
      : {
          message: `sinusoidal positions need two sines and two cosines, more than a width of ${width} holds`,
          help: 'use a width of at least 4, or `positions none`',
        },
  lower: ({ b, index, width, length }) => {
    const rows = length + PADDING + 1;
    return b.add(gather, [b.add(sinusoidTable, [], { rows, width, zero_row: PADDING }), index]);
  },
};
