/** Runs properties.test.ts on many more models. */
import './properties.test.ts';
