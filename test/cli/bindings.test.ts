/** Typed bindings agree with the graphs, and TypeScript accepts them and correct programs that use them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, test } from 'vitest';
import { type BindingsOptions, bindings } from '../../cli/bindings.ts';
import { parse } from '../../index.ts';

const TEXT = `
model tiny { vocabulary 300; width 16; heads 2; encoder { schedule 32, 8 }; decoder { layers 1; target 9 } }
model Tiny extends tiny { }
model class { vocabulary 300; width 16; heads 2; encoder { schedule 32 } }
`;
const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'benben-bindings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(options: Partial<BindingsOptions> = {}): string {
  const { value } = bindings(parse({ path: 'a.ben', text: TEXT }).value!, {
    source: 'some/a.ben',
    ...options,
  });
  return value!;
}

/** The mistakes that TypeScript finds in a program that uses the bindings. */
function complaints(files: Readonly<Record<string, string>>): readonly string[] {
  const paths = Object.entries(files).map(([name, text]) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  });
  const program = ts.createProgram(paths, {
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    noUnusedLocals: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    typeRoots: [join(ROOT, 'node_modules/@types')],
    types: ['node'],
    paths: { benben: [join(ROOT, 'index.ts')] },
  });
  return paths.flatMap((path) => {
    const file = program.getSourceFile(path)!;
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((d) =>
      ts.flattenDiagnosticMessageText(d.messageText, '\n'),
    );
  });
}

const USE = `import { loadTiny_, loadClass, type TinyEntries } from './bindings.ts';
const ids: TinyEntries['encode']['inputs']['input_ids'] = { dtype: 'int64', shape: [1, 1], data: BigInt64Array.of(2n) };
export async function use(): Promise<void> {
  const { value: model } = await loadTiny_('a.ben', { entry: 'encode', seed: 1 });
  const { memory } = await model!.run({ input_ids: ids, attention_mask: ids });
  const numbers: Float32Array = memory.data;
  const { value: generator } = await loadTiny_('a.onnx');
  const [text] = (await generator!.generate(['…'])).value!;
  const { value: encoder } = await loadClass('a.ben');
  console.log(numbers, text!.text, (await encoder!.run({ input_ids: ids, attention_mask: ids })).origin_index.data[0]);
}
`;

describe('bindings', () => {
  test('are written for a file with a decoder, an encoder, and names that differ only in case', () => {
    const text = write();
    expect(text).toMatch(/^\/\*\* Typed bindings for the models of a\.ben, written by `benben types`/);
    for (const name of ['loadTiny', 'loadTiny_', 'loadClass'])
      expect(text).toContain(`export async function ${name}<`);
    expect(text).toContain("'past_key_values.0.decoder.key': Float32;");
    expect(text).toContain('/** [batch, 2, past, 8] */');
    // The number of texts is a name and not 1, because an artifact may give more than one text.
    const shape = (name: string): string =>
      new RegExp(`/\\*\\* (.*) \\*/\\s+'?${name.replaceAll('.', '\\.')}'?\\??:`).exec(text)![1]!;
    expect(shape('sequences')).toBe('[batch, returned, steps]');
    expect(shape('scores')).toBe('[batch, returned]');
    expect(shape('past_search.finished')).toBe('[batch, beam, past]');
    expect(shape('past_search.missing')).toBe('[batch, 1]');
    expect(shape('past_search.ancestry')).toBe(
      '[batch, beam, beam*past], only for a search with several beams',
    );
    expect(text).toContain("'past_search.ancestry'?: ");
    expect(text).toContain('`beam` and `returned` are the numbers that the model was compiled with');
    expect(text).not.toMatch(/\b(61|59)\b/);
    expect(text.match(/interface ClassEntries \{[\s\S]*?\n\}/)![0]).not.toMatch(/forward|generate|step/);
    expect(write()).toBe(text);
  });

  test('are accepted by TypeScript, with a program that uses them', { timeout: 60_000 }, () => {
    expect(
      complaints({ 'bindings.ts': write(), 'use.ts': USE, 'alone.d.ts': write({ typesOnly: true }) }),
    ).toEqual([]);
  });

  test('make TypeScript refuse wrong programs', { timeout: 60_000 }, () => {
    const wrong = USE.replaceAll('attention_mask: ids', 'mask: ids').replace(
      "entry: 'encode'",
      "entry: 'encod'",
    );
    expect(complaints({ 'bindings.ts': write(), 'use.ts': wrong }).length).toBeGreaterThanOrEqual(2);
  });

  test('begin with a comment that the name of the file cannot close', () => {
    expect(write({ source: '*/ alert(1) /*.ben' }).split('\n')[0]).toMatch(/^\/\*\*[^*]*\*\/$/);
  });
});
