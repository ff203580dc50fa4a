/** all_passes.test.ts with the larger numbers. */
import './all_passes.test.ts';
