/** Runs examples.test.ts with the larger numbers of the slow suite. */
import './examples.test.ts';
