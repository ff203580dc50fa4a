/** Runs costs.test.ts with the larger numbers of the slow suite. */
import './costs.test.ts';
