/** Runs the tests of places for every example. */
import './places.test.ts';
