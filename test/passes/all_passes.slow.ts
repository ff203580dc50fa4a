/** Runs all_passes.test.ts with the larger numbers of the slow suite. */
import './all_passes.test.ts';
