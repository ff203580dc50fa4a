/** check_hostile.test.ts with the larger numbers. */
import './check_hostile.test.ts';
