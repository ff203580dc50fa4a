/** limits.test.ts with the larger numbers. */
import './limits.test.ts';
