/** The same for every example. */
import './places.test.ts';
