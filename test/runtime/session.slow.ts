/** session.test.ts with the larger numbers. */
import './session.test.ts';
