/** random_graphs.test.ts with the larger numbers. */
import './random_graphs.test.ts';
