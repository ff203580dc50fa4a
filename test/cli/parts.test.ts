/** The small parts that commands share: formatted numbers, tables, excerpts of kept words, progress. */
import { describe, expect, test, vi } from 'vitest';
import { printable } from '../../cli/io.ts';
import { excerpt, keptText, strongest, summary } from '../../cli/kept.ts';
import { createOutput } from '../../cli/output.ts';
import { createProgress } from '../../cli/progress.ts';
import { bytes, counted, percent, seconds } from '../../cli/spelling.ts';
import { table, wrap } from '../../report/view/table.ts';
import type { KeptWord } from '../../runtime/kept_words.ts';
import { screenOf } from './invoke.ts';

test('numbers are formatted for people', () => {
  expect([0, 999, 1024, 520_000_000, 2 ** 31].map(bytes)).toEqual(['0 B', '999 B', '1 KB', '496 MB', '2 GB']);
  expect([4, 94, 1234, 12_345, 125_000].map(seconds)).toEqual([
    '4 ms',
    '94 ms',
    '1.2 s',
    '12 s',
    '2 min 5 s',
  ]);
  // Minutes are never followed by 60 seconds.
  expect([9_949, 99_400, 119_700].map(seconds)).toEqual(['9.9 s', '99 s', '2 min 0 s']);
  expect([counted(1, 'word'), counted(1234, 'word')]).toEqual(['1 word', '1,234 words']);
  const shares = [
    percent(0, 9),
    percent(1, 999),
    percent(1, 3),
    percent(998, 999),
    percent(9, 9),
    percent(0, 0),
  ];
  expect(shares).toEqual(['0 %', '< 1 %', '33 %', '99 %', '100 %', '0 %']);
});

test('tables align with and without colours', () => {
  const rows = [
    ['a', '1'],
    ['\x1b[1mbcd\x1b[22m', '234'],
  ];
  expect(table(rows, { right: [1], indent: ' ' })).toBe(' a      1\n \x1b[1mbcd\x1b[22m  234');
  expect(table([])).toBe('');
  expect(wrap('one two three', 8, ' ')).toBe(' one two\n three');
});

test('control characters do not reach a terminal', () => {
  expect(printable('a\x1b[2Jb\nc\td\u202e\u2028')).toBe('a\uFFFD[2Jb\nc\td\uFFFD\uFFFD');
});

describe('kept words', () => {
  const words = (text: string, ...weights: number[]): readonly KeptWord[] =>
    text
      .split(' ')
      .map((word, i) => ({ text: word, start: 10 * i, end: 10 * i + 5, weight: weights[i] ?? 0 }));
  const some = words('the red fox sat on a mat', 0, 0.6, 0.9, 0.1, 0, 0, 0.7);

  test('are shown as an excerpt, in the order of the document', () => {
    expect(excerpt(some, 3)).toBe('… red fox … mat');
    expect(excerpt(some, 1)).toBe('… fox …');
    expect(excerpt(words('a b', 1, 1))).toBe('a b');
    expect(excerpt(words('a b'))).toBe('');
    expect(strongest(words('a b c', 0.5, 0.5, 0.5), 2).map(({ text }) => text)).toEqual(['a', 'b']);
  });

  test('are counted, with their share', () => {
    expect(summary(some, 30, 8)).toBe(
      '30 tokens in 8 memory slots; 3 of 7 words (43 %) kept, each with at least half of a slot',
    );
    expect(summary([], 30, 8)).toBe('30 tokens in 8 memory slots');
    expect(keptText([], 80)).toContain('does not record the positions of tokens');
  });

  test('are shortened if they are long, and shown without control characters', () => {
    const [first, second] = excerpt(words(`${'x'.repeat(100)} \x1b[31m`, 1, 1)).split(' ');
    expect(first).toBe(`${'x'.repeat(39)}…`);
    expect(second).toBe('\uFFFD[31m');
  });
});

describe('progress', () => {
  function watch(isTTY: boolean, quiet = false) {
    vi.useFakeTimers();
    const said: string[] = [];
    const io = {
      stdin: [] as never,
      stdout: screenOf([], isTTY),
      stderr: screenOf(said, isTTY),
      env: { NO_COLOR: '1' },
    };
    const output = createOutput(io, { json: false, quiet });
    const progress = createProgress(output, () => Date.now());
    return { progress, output, said };
  }

  test('is a bar on a terminal after a second, which disappears at the end', () => {
    const { progress, output, said } = watch(true);
    progress.stage('write weights', 0);
    vi.advanceTimersByTime(900);
    expect(said).toEqual([]);
    progress.stage('write weights', 0.5);
    vi.advanceTimersByTime(200);
    expect(said.join('')).toContain('\r\x1b[Kwrite weights  ━');
    expect(said.join('')).toContain(' 50 %  1.0 s');
    output.note('a line');
    expect(said.slice(-2)).toEqual(['\r\x1b[K', 'a line\n']);
    vi.advanceTimersByTime(100);
    expect(progress.end()).toEqual([{ stage: 'write weights', milliseconds: 1200 }]);
    expect(said.at(-1)).toBe('\r\x1b[K');
    vi.advanceTimersByTime(5000);
    expect(said.at(-1)).toBe('\r\x1b[K');
    vi.useRealTimers();
  });

  test('is some lines elsewhere, and nothing with --quiet', () => {
    const { progress, said } = watch(false);
    progress.stage('generate');
    vi.advanceTimersByTime(12_000);
    expect(said).toEqual(['generate … 1.0 s\n', 'generate … 6.0 s\n', 'generate … 11 s\n']);
    progress.end();
    const quiet = watch(true, true);
    quiet.progress.stage('generate');
    vi.advanceTimersByTime(12_000);
    quiet.progress.end();
    expect(quiet.said).toEqual([]);
    vi.useRealTimers();
  });
});
