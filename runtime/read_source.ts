/** Reads the source texts that the JavaScript API gets as paths. */
import { MAX_SOURCE, type Outcome, type Source } from '../dsl/diagnostics.ts';
import { readTextFile } from './files.ts';

/** Reads a `.ben` file. Problems, such as a missing file or a binary one, become diagnostics. */
export const readSource = (path: string): Promise<Outcome<Source>> => readTextFile(path, MAX_SOURCE);
