/** Runs the examples of docs/language.md and compares its tables with those of the language. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  CODES,
  DECODER_FIELDS,
  ENCODER_FIELDS,
  format,
  MODEL_FIELDS,
  QUANTITIES,
  render,
  UNITS,
} from '../../dsl/index.ts';
import { checked, KINDS } from './kinds.ts';

const guide = readFileSync(join(import.meta.dirname, '../../docs/language.md'), 'utf8');

const examples = [...guide.matchAll(/^```ben(?: error (D\d+))?\n([\s\S]*?)^```$/gm)].map((match) => ({
  line: guide.slice(0, match.index).split('\n').length + 1,
  code: match[1],
  text: match[2] ?? '',
}));

test('the guide has examples', () => expect(examples.length).toBeGreaterThan(25));

describe('examples', () => {
  test.each(examples)('of line $line', ({ text, code }) => {
    const source = { path: 'docs/language.md', text };
    const diagnostics = checked(text);
    expect(
      diagnostics.map((d) => d.code),
      render(diagnostics, source),
    ).toEqual(code === undefined ? [] : [code]);
    expect(format(source).value).toBeDefined();
  });
});

describe('tables', () => {
  const fields = Object.entries({ ...MODEL_FIELDS, ...ENCODER_FIELDS, ...DECODER_FIELDS });
  test.each(fields)('the field %s', (name, { default: fallback }) => {
    const row = guide.split('\n').find((line) => line.startsWith(`| \`${name} `));
    expect(row).toBeDefined();
    if (/^\d/.test(fallback)) expect(row).toContain(`\`${fallback}\``);
  });
  test.each(Object.entries(QUANTITIES))('the quantity %s', (name, { params }) => {
    const row = guide.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
    expect(row?.split('|')[3]?.trim()).toBe(params.map((p) => `\`${p.name}\``).join(', '));
  });
  test.each(UNITS)('the unit $name', ({ name }) => expect(guide).toContain(`| \`${name}\` |`));
  test.each(Object.entries(CODES))('the code %s', (code, { title }) => {
    expect(guide).toContain(`| \`${code}\` | ${title}`);
  });
  test.each(Object.values(KINDS).flat())('the kind $name', ({ name, params }) => {
    const entry = guide.split('\n').find((line) => line.startsWith(`**\`${name}`)) ?? '';
    expect(entry).not.toBe('');
    for (const param of params) expect(entry).toContain(`${param.name}: ${param.default}`);
  });
});
