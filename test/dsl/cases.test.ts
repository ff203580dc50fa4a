/**
 * Each file of `cases/` is a source followed by its expected diagnostics as comments. `BENBEN_UPDATE=1` rewrites those
 * comments, and a person then reviews the diff.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { analyze, render } from '../../dsl/index.ts';
import { CASE_KINDS } from './kinds.ts';

const FOLDER = join(import.meta.dirname, 'cases');
/** Separates the source from its expected diagnostics. */
const RULE = '// ---- diagnostics ----\n';

const comment = (text: string): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `// ${line}`.trimEnd())
    .join('\n');

for (const name of readdirSync(FOLDER)
  .filter((file) => file.endsWith('.ben'))
  .sort()) {
  test(name, () => {
    const path = join(FOLDER, name);
    const whole = readFileSync(path, 'utf8');
    const text = whole.split(RULE)[0] ?? '';
    const { diagnostics } = analyze({ path: name, text }, CASE_KINDS);
    const said = comment(render(diagnostics, { path: name, text }) || 'none');
    const expected = `${text}${RULE}${said}\n`;
    if (process.env.BENBEN_UPDATE === '1' && whole !== expected) writeFileSync(path, expected);
    else expect(whole).toBe(expected);
  });
}
