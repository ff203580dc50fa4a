/** `positions none`: only the causal mask carries the order of tokens. */
import type { PositionsKind } from './kind.ts';

export const none: PositionsKind = {
  name: 'none',
  doc: 'No position vectors (the decoders of Pietruszka et al. 2022, Tables 5 and 6).',
  params: [],
  lower: () => null,
};
