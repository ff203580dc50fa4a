/** parity.test.ts with the larger numbers. */
import './parity.test.ts';
