/** Runs random_graphs.test.ts with the larger numbers of the slow suite. */
import './random_graphs.test.ts';
