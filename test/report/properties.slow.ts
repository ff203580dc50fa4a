/** The properties of reports on many more models. */
import './properties.test.ts';
