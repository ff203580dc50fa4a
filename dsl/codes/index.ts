/** Every code of the language. A code that was once released is never given another meaning. */
import type { CodeEntry } from './entry.ts';
import { NAMES } from './names.ts';
import { SYNTAX } from './syntax.ts';
import { VALUES } from './values.ts';

export type { CodeEntry } from './entry.ts';

const ALL = { ...SYNTAX, ...NAMES, ...VALUES };

export type Code = keyof typeof ALL;

export const CODES: Readonly<Record<Code, CodeEntry>> = ALL;
