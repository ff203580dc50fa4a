/** `positions sinusoidal`: fixed sines and cosines, as fairseq computes them. */
import { sinusoidTable } from '../../ops/constants.ts';
import { gather } from '../../ops/gather.ts';
import type { PositionsKind } from './kind.ts';

/** The position of padding in fairseq. Its vector is zero. The first token has the next position. */
const PADDING = 1;

export const sinusoidal: PositionsKind = {
  name: 'sinusoidal',
  doc: 'Sines and cosines of the position (Vaswani et al. 2017), laid out as fairseq does.',
  params: [],
  check: (_, { width }) =>
    width >= 4
      ? undefined
      : {
          message: `sinusoidal positions need a width of at least 4, but the width is ${width}`,
          help: 'use a width of at least 4, or `positions none`',
        },
  lower: ({ b, index, width, length }) => {
    const rows = length + PADDING + 1;
    return b.add(gather, [b.add(sinusoidTable, [], { rows, width, zero_row: PADDING }), index]);
  },
};
