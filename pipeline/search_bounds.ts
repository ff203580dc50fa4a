/**
 * More beams, and longer n-grams, than anybody searches with: the graph grows with both. A file of its own,
 * without imports, so that help texts may read it.
 */
export const MOST_BEAMS = 64;
export const MOST_NGRAM = 64;
