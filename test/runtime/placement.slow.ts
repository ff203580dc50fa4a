/** Every operator of every example, entry and target is in the tables of kernels. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { strangersIn } from './strangers.ts';

test.each(readdirSync('examples').filter((name) => name.endsWith('.ben')))('%s', (name) => {
  expect(strangersIn({ path: name, text: readFileSync(join('examples', name), 'utf8') })).toEqual({});
});
