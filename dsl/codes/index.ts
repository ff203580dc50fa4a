/** All codes of the language. The meaning of a released code never changes. */
import type { CodeEntry } from './entry.ts';
import { NAMES } from './names.ts';
import { SYNTAX } from './syntax.ts';
import { VALUES } from './values.ts';

export type { CodeEntry } from './entry.ts';

const ALL = { ...SYNTAX, ...NAMES, ...VALUES };

export type Code = keyof typeof ALL;

export const CODES: Readonly<Record<Code, CodeEntry>> = ALL;
