/** Tests that the tables of kernels contain every operator of every example, entry and target. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unlistedOperators } from './unlisted_operators.ts';

test.each(readdirSync('examples').filter((name) => name.endsWith('.ben')))('%s', (name) => {
  expect(unlistedOperators({ path: name, text: readFileSync(join('examples', name), 'utf8') })).toEqual({});
});
