/** Runs check_hostile.test.ts with larger numbers. */
import './check_hostile.test.ts';
