/** Every operator of every example, entry and target is in the tables of kernels. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { strangersIn } from './strangers.ts';

test.each(readdirSync('examples').filter((name) => name.endsWith('.ben')))('%s', (name) => {
  expect(strangersIn([name])).toEqual({});
});
