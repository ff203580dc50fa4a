/** Runs parity.test.ts with the larger numbers of the slow suite. */
import './parity.test.ts';
