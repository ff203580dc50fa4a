/** costs.test.ts with the larger numbers. */
import './costs.test.ts';
