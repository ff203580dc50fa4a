/**
 * Five mistakes give five diagnostics. The test draws mistakes from a list and puts them into one file. Each must be
 * reported, and nothing else.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { analyze, render } from '../../dsl/index.ts';
import { KINDS } from './kinds.ts';

type Place = 'model' | 'encoder' | 'decoder' | 'check' | 'file';

/** A statement with one mistake. */
interface Mistake {
  readonly place: Place;
  /** Two mistakes with the same subject are never in one file. */
  readonly subject: string;
  readonly text: string;
  readonly code: string;
}

const mistake = (place: Place, subject: string, text: string, code: string): Mistake => ({
  place,
  subject,
  text,
  code,
});

const MISTAKES: readonly Mistake[] = [
  mistake('model', 'width', 'width: 768', 'D008'),
  mistake('model', 'width', 'width = 768', 'D012'),
  mistake('model', 'width', 'width 768€', 'D003'),
  mistake('model', 'width', 'wídth 3', 'D003'),
  mistake('model', 'width', 'wdith 3', 'D101'),
  mistake('model', 'width', 'width 3; width 4', 'D102'),
  mistake('model', 'width', 'width', 'D201'),
  mistake('model', 'width', 'width 768 )', 'D008'),
  mistake('model', 'width', 'width wide', 'D202'),
  mistake('model', 'heads', 'heads 7', 'D205'),
  mistake('model', 'heads', 'heads 0', 'D203'),
  mistake('model', 'heads', 'heads 1e400', 'D203'),
  mistake('model', 'heads', 'heads 2.5', 'D204'),
  mistake('model', 'heads', 'heads 8 8', 'D202'),
  mistake('model', 'vocabulary', 'vocabulary 32,000', 'D202'),
  mistake('model', 'vocabulary', 'vocabulary 32_000,', 'D013'),
  mistake('model', 'vocabulary', 'vocabulary 99_999_999_999', 'D203'),
  mistake('model', 'vocabulary', 'vocabulary 1M', 'D113'),
  mistake('model', 'vocabulary', 'vocabulary 32__000', 'D004'),
  mistake('model', 'norm', 'norm psot', 'D111'),
  mistake('model', 'norm', 'nrom post', 'D101'),
  mistake('model', 'norm', 'norm { post }', 'D212'),
  mistake('model', 'dropout', 'dropout "0.1"', 'D012'),
  mistake('model', 'dropout', 'dropout 0.1\n  dropout 0.2', 'D102'),
  mistake('encoder', 'attention', 'attention block(512', 'D009'),
  mistake('encoder', 'attention', 'attention blok(512)', 'D106'),
  mistake('encoder', 'attention', 'attention block(500)', 'D209'),
  mistake('encoder', 'attention', 'attention block(512, size: 3)', 'D108'),
  mistake('encoder', 'schedule', 'schedule 2k, 8k', 'D206'),
  mistake('encoder', 'schedule', 'schedule 8k, 2k,', 'D013'),
  mistake('encoder', 'schedule', 'schedule 8k, 2k -> 4k', 'D207'),
  mistake('encoder', 'schedule', 'schedule 8K, 2k', 'D112'),
  mistake('encoder', 'schedule', 'schedule 8k 2k', 'D202'),
  mistake('encoder', 'pool', 'pool soft_topk(bass: 20) by linear', 'D107'),
  mistake('encoder', 'pool', 'pool soft_topk by', 'D201'),
  mistake('encoder', 'layer', 'layer 2000 { attention full }', 'D203'),
  mistake('encoder', 'layer', 'layer 1 { attention full }\n    layer 1 { }', 'D109'),
  mistake('decoder', 'layers', 'layers 0', 'D203'),
  mistake('decoder', 'layers', 'layer 6', 'D101'),
  mistake('decoder', 'target', 'target 1.5', 'D204'),
  mistake('check', 'parameters', 'paramters <= 125M', 'D110'),
  mistake('check', 'parameters', 'parameters <= 125MB', 'D214'),
  mistake('check', 'parameters', 'parameters 125M', 'D008'),
  mistake('check', 'macs', 'macs <= Bse.macs', 'D104'),
  mistake('check', 'macs', 'macs <= (1G', 'D009'),
  mistake('file', 'accent', 'check Modèle { parameters < 3 }', 'D003'),
  mistake('file', 'model', 'model Other extends Bas { heads 3 }', 'D104'),
  mistake('file', 'model', 'modle Other { width 512 }', 'D010'),
  mistake('file', 'circle', 'model X extends Y { heads 3 }\nmodel Y extends X { width 5 }', 'D105'),
  mistake('file', 'twice', 'model Base { }', 'D103'),
  mistake('file', 'brace', '}', 'D006'),
  // This mistake has the same subject as the surplus brace, because both together would be balanced.
  mistake('file', 'brace', 'model Open {\n  encoder {\n    schedule 1k\n}', 'D005'),
  mistake('file', 'bare', 'model Bare\n  width 512\n}', 'D007'),
  mistake('file', 'nameless', 'model { width 512 }', 'D008'),
];

/** Whether one of two mistakes hides the other. */
const clash = (a: Mistake, b: Mistake): boolean =>
  a.subject === b.subject ||
  // An unknown width or schedule skips the checks that need it.
  [a, b].every(({ subject }) => ['width', 'heads'].includes(subject)) ||
  [a, b].every(({ subject }) => ['attention', 'schedule'].includes(subject));

/** The first five that do not clash. */
function compatible(list: readonly Mistake[]): readonly Mistake[] {
  const kept: Mistake[] = [];
  for (const next of list) if (kept.length < 5 && !kept.some((k) => clash(k, next))) kept.push(next);
  return kept;
}

function fileWith(mistakes: readonly Mistake[]): string {
  const at = (place: Place, indent: string) =>
    mistakes
      .filter((m) => m.place === place)
      .map(({ text }) => `${indent}${text}\n`)
      .join('');
  return `model Base {
${at('model', '  ')}
  encoder {
${at('encoder', '    ')}  }
  decoder {
${at('decoder', '    ')}  }
}

${at('file', '')}
model Child extends Base { share none }

check Child {
${at('check', '  ')}  weight_bytes <= 1GB
}
`;
}

function expectReportedOnce(mistakes: readonly Mistake[]): void {
  const source = { path: 'five.ben', text: fileWith(mistakes) };
  const { diagnostics } = analyze(source, KINDS);
  const found = diagnostics.map(({ code }) => code).sort();
  expect(found, `${source.text}\n${render(diagnostics, source)}`).toEqual(
    mistakes.map(({ code }) => code).sort(),
  );
}

test('a file without mistakes has no diagnostics', () => expectReportedOnce([]));

describe('alone', () => {
  test.each(MISTAKES)('$text', (one) => expectReportedOnce([one]));
});

test('any five together', () => {
  const five = fc.shuffledSubarray([...MISTAKES], { minLength: 16, maxLength: 24 }).map(compatible);
  fc.assert(fc.property(five, expectReportedOnce), { numRuns: Number(process.env.BENBEN_RUNS ?? 300) });
});
