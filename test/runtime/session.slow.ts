/** Runs session.test.ts with larger numbers. */
import './session.test.ts';
