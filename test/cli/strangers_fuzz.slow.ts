/** Runs strangers_fuzz.test.ts with larger numbers. */
import './strangers_fuzz.test.ts';
