/** Runs inference.test.ts over all examples and forms. */
import './inference.test.ts';
