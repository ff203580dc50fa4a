/** Compiled code is kept only in a folder that nobody else can change. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { privateFolder } from '../../cli/code_folder.ts';

// The system's folder for temporary files is writable for everybody, so that everything below it is refused.
const folder = mkdtempSync(join(homedir(), '.benben-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const found = (cache: string) => privateFolder({ XDG_CACHE_HOME: cache });
const unix = process.platform !== 'win32';

/** Node's own choice is a folder below the temporary one. Whoever created it first could run code as another user. */
test.runIf(unix)('a folder in which others can write is refused, and so is everything below it', () => {
  mkdirSync(at('open/deep'), { recursive: true });
  chmodSync(at('open'), 0o777);
  expect(found(at('open'))).toBeUndefined();
  expect(found(at('open/deep'))).toBeUndefined();
  expect(found('/tmp')).toBeUndefined();
  mkdirSync(at('later/benben/compiled'), { recursive: true });
  chmodSync(at('later/benben/compiled'), 0o777);
  expect(found(at('later'))).toBeUndefined();
  mkdirSync(at('linked'));
  symlinkSync(at('later'), at('linked/benben'));
  expect(found(at('linked'))).toBeUndefined();
});

test.runIf(unix)('a private folder is made for this user alone', () => {
  mkdirSync(at('own'), { mode: 0o700 });
  expect(found(at('own'))).toBe(at('own/benben/compiled'));
  expect(statSync(at('own/benben/compiled')).mode & 0o777).toBe(0o700);
  expect(found(at('own'))).toBe(at('own/benben/compiled'));
  expect(found(at('missing'))).toBeUndefined();
});
