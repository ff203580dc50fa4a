/** The four formats of diagnostics. No source can control the terminal. */
import { describe, expect, test } from 'vitest';
import { analyze, type Diagnostic, render, renderAll } from '../../dsl/index.ts';
import { KINDS } from './kinds.ts';

const source = { path: 'my models/a,b.ben', text: 'model A {\n  width 768\n  heads 7\n}\n' };
const { diagnostics } = analyze(source, KINDS);

describe('text', () => {
  test('shows both labels', () => {
    expect(render(diagnostics, source)).toBe(`error[D205]: 7 heads do not divide a width of 768
 --> my models/a,b.ben:3:3
  |
2 |   width 768
  |   --------- a width of 768
3 |   heads 7
  |   ^^^^^^^ 7 heads
  = help: write \`heads 6\` or \`heads 8\`
`);
  });

  test('has colours only if requested', () => {
    expect(render(diagnostics, source)).not.toContain('\u001B');
    expect(render(diagnostics, source, { color: true })).toContain('\u001B[31m');
  });

  test('makes control characters of the source visible', () => {
    const evil = { path: '\u001B[2J.ben', text: 'model A { \u001B[31mred\u202E 5 }' };
    const shown = render(analyze(evil, KINDS).diagnostics, evil);
    for (const painted of ['\u001B', '\u202E']) expect(shown).not.toContain(painted);
  });

  test('needs no source', () => {
    const missing: Diagnostic = {
      code: 'D500',
      severity: 'error',
      message: 'no such file',
      labels: [],
      help: 'look',
    };
    expect(render([missing], undefined)).toBe('error[D500]: no such file\n= help: look\n');
  });

  test('is empty without diagnostics', () => expect(render([], source)).toBe(''));

  test('counts wide characters as the terminal does', () => {
    const wide = { path: 'a.ben', text: 'model A { // 漢\n} // 漢字\n漢 { }' };
    const shown = render(
      [
        {
          code: 'D003',
          severity: 'error',
          message: 'm',
          labels: [{ span: { start: 20, end: 22 }, text: '' }],
        },
      ],
      wide,
    );
    expect(shown).toContain('2 | } // 漢字\n  |      ^^^^\n');
  });
});

test('json counts lines and columns from 1', () => {
  const { diagnostics: found } = JSON.parse(render(diagnostics, source, { format: 'json' }));
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({
    code: 'D205',
    severity: 'error',
    file: source.path,
    labels: [
      { line: 3, column: 3, endLine: 3, endColumn: 10, text: '7 heads' },
      { line: 2, column: 3 },
    ],
  });
  expect(JSON.parse(render([], source, { format: 'json' }))).toEqual({ diagnostics: [] });
});

test('github escapes the characters that its commands reserve', () => {
  expect(render(diagnostics, source, { format: 'github' })).toBe(
    '::error file=my models/a%2Cb.ben,line=3,endLine=3,col=3,endColumn=10,title=D205::7 heads do not divide a width of 768%0Awrite `heads 6` or `heads 8`\n',
  );
});

test('sarif is one run over all files', () => {
  const report = { source, diagnostics };
  const log = JSON.parse(renderAll([report, report], { format: 'sarif' }));
  expect(log.version).toBe('2.1.0');
  expect(log.runs).toHaveLength(1);
  const [run] = log.runs;
  expect(run.tool.driver.rules.map((rule: { id: string }) => rule.id)).toEqual(['D205']);
  expect(run.results).toHaveLength(2);
  expect(run.results[0].message.text).toBe(
    '7 heads do not divide a width of 768. Help: write `heads 6` or `heads 8`.',
  );
  const asked = { ...diagnostics[0]!, message: 'why?', help: 'did you mean `heads`?' };
  const both = [asked, { ...asked, help: undefined as never }];
  expect(
    JSON.parse(render(both, source, { format: 'sarif' })).runs[0].results.map(
      (result: { message: { text: string } }) => result.message.text,
    ),
  ).toEqual(['why? Help: did you mean `heads`?', 'why?']);
  expect(run.results[0]).toMatchObject({
    ruleId: 'D205',
    ruleIndex: 0,
    level: 'error',
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: 'my%20models/a,b.ben' },
          region: { startLine: 3, startColumn: 3, endLine: 3, endColumn: 10 },
        },
      },
    ],
  });
});

test('sarif gives a location to a diagnostic without a file', () => {
  const missing: Diagnostic = { code: 'D500', severity: 'error', message: 'none', labels: [] };
  const [first] = JSON.parse(render([missing], undefined, { format: 'sarif' })).runs[0].results;
  expect(first.locations).toEqual([{ physicalLocation: { artifactLocation: { uri: '.' } } }]);
  const windows = { path: 'C:\\my models\\a.ben', text: '' };
  const [second] = JSON.parse(render([missing], windows, { format: 'sarif' })).runs[0].results;
  expect(second.locations[0].physicalLocation.artifactLocation.uri).toBe('file:///C:/my%20models/a.ben');
});
