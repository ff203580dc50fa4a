/** Constants in a file that imports nothing, so that `--version` and help texts load no more than this. */

/** The version of this package, a constant because a browser has no package.json to read. A test compares the two. */
export const VERSION = '0.1.0';

/** The largest beam and the longest n-gram that a search may have: the size of the graph grows with both. */
export const MOST_BEAMS = 64;
export const MOST_NGRAM = 64;
