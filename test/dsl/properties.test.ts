/** Properties of every text: nothing throws, all spans are inside the text, and formatting keeps the meaning. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { analyze, format, parse, type RenderFormat, render } from '../../dsl/index.ts';
import { KINDS } from './kinds.ts';
import { damaged, parsable } from './samples.ts';

const source = (text: string) => ({ path: 'a.ben', text });
const runs = { numRuns: Number(process.env.BENBEN_RUNS ?? 300) };

const folders = ['../../examples', 'cases'].map((folder) => join(import.meta.dirname, folder));
const written = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.ben'))
    .map((file) => readFileSync(join(folder, file), 'utf8')),
);

/** The tree without spans, which formatting must not change. */
const meaning = (text: string): string =>
  JSON.stringify(parse(source(text)).value, (key, value) => (key === 'span' ? undefined : value));

const comments = (text: string): string[] =>
  [...text.matchAll(/\/\/[^\r\n]*/g)].map(([c]) => c.trimEnd()).sort();

test('samples parse', () => {
  fc.assert(
    fc.property(parsable, (text) => {
      expect(parse(source(text)).diagnostics).toEqual([]);
    }),
    runs,
  );
});

test('formatting keeps the tree and the comments, and formatting again changes nothing', () => {
  fc.assert(
    fc.property(parsable, (text) => {
      const once = format(source(text)).value ?? '';
      expect(meaning(once)).toBe(meaning(text));
      expect(comments(once)).toEqual(comments(text));
      expect(format(source(once)).value).toBe(once);
      for (const line of once.split('\n')) expect(line).toBe(line.trimEnd());
    }),
    runs,
  );
});

/** Runs everything that reads a text, and checks its diagnostics. */
function survives(text: string): void {
  const { value, diagnostics } = analyze(source(text), KINDS);
  expect(value === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'));
  for (const { labels, message, help } of diagnostics) {
    expect(message).not.toMatch(/undefined|NaN|\[object/);
    expect(help ?? '').not.toMatch(/undefined|NaN|\[object/);
    for (const { span } of labels) {
      expect(span.start).toBeGreaterThanOrEqual(0);
      expect(span.start).toBeLessThanOrEqual(span.end);
      expect(span.end).toBeLessThanOrEqual(text.length);
    }
  }
  for (const way of ['text', 'json', 'github', 'sarif'] satisfies RenderFormat[]) {
    render(diagnostics, source(text), { format: way, color: true });
  }
  format(source(text));
}

test('no damaged source throws', () => {
  fc.assert(fc.property(damaged(fc.oneof(parsable, fc.constantFrom(...written))), survives), runs);
});

test('no random text throws', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.array(fc.constantFrom(...'{}(),;:->model check A 8k\n')).map((t) => t.join('')),
  );
  fc.assert(fc.property(texts, survives), runs);
});
