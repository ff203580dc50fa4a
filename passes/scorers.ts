/**
 * Which linears score rows for a pooling. Passes leave their numbers alone: the smallest error changes which rows
 * are kept.
 */
import type { Node } from '../compiler/ir/graph.ts';

/** Whether a linear is part of a scorer, of however many linears that is made. */
export const isScorer = ({ op, place }: Node): boolean => op === 'linear' && place.part === 'score';
