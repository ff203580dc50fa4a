/** check_inference.test.ts over all examples and forms. */
import './check_inference.test.ts';
