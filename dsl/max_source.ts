/** Longest source text that is read, in UTF-16 units: far above any model, far below what hurts. */
export const MAX_SOURCE = 1 << 20;
