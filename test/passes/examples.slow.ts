/** examples.test.ts with the larger numbers. */
import './examples.test.ts';
