/** These constants are in a file without imports, so that `--version` and help texts load no other file. */

/**
 * The version of this package. It is a constant because a browser cannot read package.json; a test compares the two.
 */
export const VERSION = '0.1.0';

/** The largest beam and the longest n-gram that a search may have: the size of the graph grows with both. */
export const MOST_BEAMS = 64;
export const MOST_NGRAM = 64;
