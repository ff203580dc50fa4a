/** Runs limits.test.ts with larger texts. */
import './limits.test.ts';
