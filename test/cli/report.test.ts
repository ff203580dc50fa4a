/** `benben report`: its formats, options and mistakes. The numbers are tested in test/report/. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../cli/commands.ts';
import { rational } from '../../report/algebra/rational.ts';
import { cell } from '../../report/view/csv.ts';
import { bytes, exact, share, short, short as shortCount, times } from '../../report/view/numbers.ts';
import { code, escaped } from '../../report/view/section_markdown.ts';
import { invoke, withoutProgress, workshop } from './invoke.ts';

const { path } = await workshop();
const FILE = path('model.ben');
const SWEEP = ['--against', 'Small', '--sweep', 'n=16..256'];

const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/report.schema.json'), 'utf8'));
const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);

async function report(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await invoke(['report', ...args]);
  expect({ code, err: withoutProgress(err) }).toEqual({ code: 0, err: '' });
  // The folder has a different name in each run.
  return out.replaceAll(join(path('.'), '/'), '');
}

/** The fields of a report in JSON that tests read. */
interface Told {
  readonly schema: string;
  readonly diagnostics: readonly object[];
  readonly models: readonly {
    readonly name: string;
    readonly path: string;
    readonly macs: number;
    readonly operations: Readonly<Record<'encoder' | 'decoder', Readonly<Record<string, number>>>>;
    readonly notes: readonly string[];
    readonly encoder: {
      readonly layers: readonly { readonly consumes: number }[];
      readonly macs: Readonly<Record<string, number | string>>;
    };
    readonly lengths: { readonly target: number | null };
    readonly breakEven: object;
    readonly ratios?: Readonly<Record<string, number | null>>;
    readonly sweep?: { readonly points: readonly { readonly value: number }[] };
  }[];
}

/** The report with all tables. */
const full = (...args: readonly string[]): Promise<string> => report(...args, '--full');

const json = async (...args: readonly string[]): Promise<Told> => {
  const value = JSON.parse(await report(...args, '--json'));
  expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
  return value;
};

describe('formats', () => {
  test.each([
    ['text', 'txt', ['--model', 'Tiny', ...SWEEP, '--full']],
    ['markdown', 'md', ['--model', 'Tiny', ...SWEEP, '--markdown', '--full']],
    ['csv', 'csv', ['--model', 'Small', '--csv']],
    ['models beside each other', 'models.txt', ['--full']],
    ['the first screen of one model', 'short.txt', ['--model', 'Tiny', '--sweep', 'n=16..64']],
    ['the first screen of several models', 'short.models.txt', ['--against', 'Small', '--on', 'h100']],
    ['the first screen in markdown', 'short.md', ['--model', 'Tiny', '--against', 'Small', '--markdown']],
  ])('%s', async (_, ending, args) => {
    await expect(await report(FILE, ...args)).toMatchFileSnapshot(`snapshots/report.${ending}`);
  });

  test('text has colours only on a terminal, and they do not change its lines', async () => {
    const args = ['report', FILE, '--model', 'Tiny', '--full'];
    const [plain, painted] = [await invoke(args), await invoke(args, { terminal: true })];
    expect(plain.out).not.toContain('\x1b');
    expect(painted.out).toContain('\x1b[1m');
    expect(stripVTControlCharacters(painted.out)).toBe(plain.out);
  });

  test('json follows the schema with every option', async () => {
    const { schema: name, models } = await json(FILE);
    expect(name).toBe('benben.report/1');
    expect(models.map(({ name: own }) => own)).toEqual(['Tiny', 'Small', 'Reader']);
    expect(models[2]).toMatchObject({ decoder: null, table1: { crossAttention: null } });
    expect(models.map(({ lengths }) => lengths.target)).toEqual([32, 32, null]);
    const [tiny] = (await json(FILE, '--model', 'Tiny', ...SWEEP)).models;
    expect(tiny).toMatchObject({
      symbols: { n: 64, d: 32, l: 3, m: 16, t: 32, k: 8, c: 2.25 },
      table1: { selfAttention: 'c × m × n × d', crossAttention: 'l × t × k × d' },
      ratios: { against: 'Small', selfAttention: 0.5, head: 0.5 },
    });
    expect(tiny!.sweep!.points.map(({ value }) => value)).toEqual([16, 32, 64, 128, 256]);
  });

  test('the schema rejects wrong documents', async () => {
    const value = await json(FILE);
    const accepts = (change: object): boolean =>
      validate({ ...value, models: [{ ...value.models[0], ...change }] });
    expect(accepts({})).toBe(true);
    for (const macs of [-1, 1.5, 2 ** 60, '12', null]) expect(accepts({ macs })).toBe(false);
    expect(accepts({ macs: String(2n ** 60n) })).toBe(true);
    expect(accepts({ extra: 1 })).toBe(false);
    const { macs: _, ...less } = value.models[0]!;
    expect(validate({ ...value, models: [less] })).toBe(false);
  });

  describe('the output of a failed command', () => {
    const failed = async (...args: readonly string[]): Promise<{ diagnostics: readonly object[] }> => {
      const { code, out } = await invoke(['report', ...args, '--json']);
      expect(code).toBe(1);
      return JSON.parse(out);
    };
    test.each([
      ['no file', ['none.ben'], 'D501'],
      ['a folder', ['folder'], 'D503'],
      ['mistakes in a text', ['mistakes.ben'], 'D101'],
      ['a model that is defined twice', ['twice.ben'], 'D103'],
      ['no such model', ['model.ben', '--model', 'Nobody'], 'D555'],
      ['no such device', ['model.ben', '--on', 'tpu'], 'D566'],
    ])('%s', async (_, [file, ...args], code) => {
      writeFileSync(path('mistakes.ben'), 'model A {\n  widht 8\n  heads 3\n}\n');
      writeFileSync(path('twice.ben'), 'model A { }\nmodel A { }\n');
      const value = await failed(path(file!), ...args);
      expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
      expect(value.diagnostics[0]).toMatchObject({ code, severity: 'error' });
    });

    test('contains nothing else', async () => {
      const { diagnostics } = await failed(path('none.ben'));
      const [first] = diagnostics;
      expect(validate({ diagnostics: [] })).toBe(false);
      expect(validate({ diagnostics: [{ ...first, severity: 'warning' }] })).toBe(false);
      expect(validate({ diagnostics: [{ ...first, code: 'E1' }] })).toBe(false);
      expect(validate({ diagnostics: [{ ...first, extra: 1 }] })).toBe(false);
      expect(validate({ diagnostics, schema: 'benben.report/1' })).toBe(false);
      expect(validate({})).toBe(false);
    });

    test('is different from the output of a successful command, which has warnings next to the models', async () => {
      writeFileSync(path('warned.ben'), 'model A { share embeddings }\n');
      const { diagnostics, models } = await json(path('warned.ben'), '--on', 'h100');
      expect(diagnostics).toMatchObject([{ code: 'D213', severity: 'warning', labels: [{ line: 1 }] }]);
      expect(models).toHaveLength(1);
      expect((await json(FILE)).diagnostics).toEqual([]);
    });
  });

  test('counts beyond 2^53 have all their digits', async () => {
    const text = 'model A { encoder { attention full\n schedule 1_048_576 x 2 }\n decoder { } }';
    writeFileSync(path('large.ben'), text);
    const [large] = (await json(path('large.ben'), '--batch', '65536')).models;
    // Each of two layers costs 2·n²·d for each document.
    expect(large!.encoder.macs.attention).toBe(String(65536n * 4n * 1_048_576n ** 2n * 512n));
    expect(await full(path('large.ben'), '--batch', '65536')).toMatch(/attention {2,}projections/);
  });

  test('csv has a row for each part, which add up to the report’s total', async () => {
    const [head, ...rows] = (await report(FILE, '--model', 'Tiny', '--csv')).trimEnd().split('\r\n');
    expect(head).toBe(
      'file,model,symbol,value,length,target,batch,side,layer,part,macs,formula,multiplies,adds,exps,compiled_macs,bytes_read,bytes_written',
    );
    const macs = rows.map((row) => BigInt(row.split(',')[10]!));
    const [tiny] = (await json(FILE, '--model', 'Tiny')).models;
    expect(macs.reduce((a, b) => a + b)).toBe(BigInt(tiny!.macs));
    const others = rows.slice(-2).map((row) => row.split(',').slice(12).map(Number));
    const { encoder, decoder } = tiny!.operations;
    expect(others).toEqual([encoder, decoder].map(({ macs: _, ...all }) => Object.values(all)));
    const reader = (await report(FILE, '--model', 'Reader', '--csv')).trimEnd().split('\r\n');
    for (const row of reader.slice(1)) expect(row).toMatch(/^model.ben,Reader,,,64,,1,encoder,/);
    const swept = (await report(FILE, '--model', 'Tiny', '--csv', '--sweep', 'n=32..64'))
      .trimEnd()
      .split('\r\n');
    expect(swept.length - 1).toBe(2 * rows.length);
    expect(swept.slice(1 + rows.length).map((row) => row.replace(',n,64,', ',,,'))).toEqual(rows);
    // No formula is valid for fewer rows than a pooling keeps, or for lengths that are not whole blocks.
    const lengths = (await report(FILE, '--model', 'Tiny', '--csv', '--sweep', 'n=8..64'))
      .trimEnd()
      .split('\r\n');
    const parts = lengths
      .map((row) => row.split(','))
      .filter((row) => row[7] === 'encoder' && row[10] !== '');
    const told = new Map(
      parts.map((row) => [row[3], parts.some((one) => one[3] === row[3] && one[11] !== '')]),
    );
    expect([...told]).toEqual([
      ['8', false],
      ['16', true],
      ['32', true],
      ['64', true],
    ]);
  });

  test('csv with --against has a row for each ratio, which has no number in another column', async () => {
    const [head, ...lines] = (await report(FILE, '--csv', '--against', 'Small')).trimEnd().split('\r\n');
    const columns = head!.split(',');
    expect(columns.slice(-4)).toEqual(['against', 'own', 'others', 'ratio']);
    const rows = lines.map((line) => line.replace(/"[^"]*"/g, '').split(','));
    expect(new Set(rows.map(({ length }) => length))).toEqual(new Set([columns.length]));
    const at = (name: string): number => columns.indexOf(name);
    const ratios = rows.filter((row) => row[at('against')] === 'Small');
    expect(new Set(ratios.map((row) => row[at('model')]))).toEqual(new Set(['Tiny', 'Reader']));
    for (const row of ratios) expect(row.slice(at('macs'), at('against')).join('')).toBe('');
    const [tiny] = (await json(FILE, '--against', 'Small')).models;
    for (const [name, ratio] of Object.entries(tiny!.ratios!).filter(
      ([, value]) => typeof value === 'number',
    )) {
      const row = ratios.find((one) => one[at('model')] === 'Tiny' && one[at('part')] === name)!;
      expect([name, Number(row[at('ratio')])]).toEqual([name, ratio]);
      expect(Number(row[at('others')]) / Number(row[at('own')])).toBeCloseTo(ratio as number, 10);
    }
  });

  test('the first screen fits 100 columns for any number of models, names and lengths', async () => {
    const lengths = Array.from({ length: 60 }, (_, i) => 4096 - 32 * i);
    writeFileSync(
      path('wide.ben'),
      `model Wide { width 32; heads 2; encoder { attention full; schedule ${lengths.join(', ')} -> 16; pool hard_topk by linear } }`,
    );
    const many = Array.from(
      { length: 12 },
      (_, i) => `model AModelWithALongNameNumber${i} extends B { width ${64 + 2 * i} }`,
    );
    writeFileSync(path('many.ben'), ['model B { heads 2; encoder { schedule 64, 32 } }', ...many].join('\n'));
    const pair = `${many[0]}\nmodel B { heads 2; encoder { schedule 64, 32 } }`;
    writeFileSync(path('pair.ben'), pair);
    const devices = ['--on', 'h200,h100,a100,l4,t4'];
    for (const args of [[path('wide.ben')], [path('many.ben'), '--against', 'B'], [path('pair.ben')]]) {
      const lines = (await report(...args, ...devices)).split('\n');
      expect(lines.filter((line) => line.length > 100)).toEqual([]);
      expect(lines.length).toBeLessThan(120);
    }
    expect(await report(path('wide.ben'))).toMatch(/^ {2}encoder 20 to 60, sum /m);
  });

  test('the first screen has the numbers of the whole report', async () => {
    const [short, whole] = [await report(FILE, '--model', 'Tiny'), await full(FILE, '--model', 'Tiny')];
    const memory = /^ {2}generate: weights and activations +\S+ bytes +(.*)$/m.exec(whole)![1]!;
    expect(short).toMatch(new RegExp(`^ {2}Tiny +generate .* ${memory} `, 'm'));
    const [tiny] = (await json(FILE, '--model', 'Tiny')).models;
    expect(short).toContain(` ${shortCount(BigInt(tiny!.macs))} `);
  });

  test('--full is refused for formats that have everything anyway', async () => {
    for (const format of [['--json'], ['--csv'], ['--html', '-']]) {
      const { code, err } = await invoke(['report', FILE, '--full', ...format]);
      expect(code).toBe(2);
      expect(err).toContain(
        `--full and ${format[0]} cannot be used together: that format always contains everything`,
      );
    }
  });

  test('only one format can be chosen', async () => {
    const { code, err } = await invoke(['report', FILE, '--markdown', '--csv']);
    expect(code).toBe(2);
    expect(err).toContain('--markdown and --csv cannot be used together: a report has one format');
  });
});

describe('cells', () => {
  test('of CSV can be read back (RFC 4180)', () => {
    const read = (text: string): string =>
      text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => read(cell(text)) === text));
    expect(cell('a,b')).toBe('"a,b"');
    expect(cell('say "so"\n')).toBe('"say ""so""\n"');
  });

  test('of Markdown contain nothing that ends a cell early', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(escaped(text).replace(/\\[\\|]/g, '')).not.toMatch(/\||\n/);
        // In a code span a backslash has a meaning only before a pipe, even after another backslash.
        expect(code(text)).not.toMatch(/(?<!\\)\||\n/);
      }),
    );
    expect(code('\\|')).toBe('`\\\\|`');
    expect(escaped('a|b <b> *c* [d](e)')).toBe('a\\|b \\<b\\> \\*c\\* \\[d\\](e)');
    expect(code('a`b|c')).toBe('`` a`b\\|c ``');
  });

  test('of a ratio have two digits however small it is, and 1 only for equal values', () => {
    const all: readonly (readonly [bigint, bigint, string])[] = [
      ...([
        [32n, 13n, '2.46'],
        [1n, 3n, '0.33'],
        [3n, 100n, '0.03'],
        [1n, 256n, '0.0039'],
      ] as const),
      ...([
        [1n, 1n, '1'],
        [10_000n, 10_001n, '≈ 1'],
        [0n, 7n, '0'],
        [2n ** 22n * 100n + 27n, 100n, '4,194,304.27'],
        [1n, 10n ** 9n, '0.000000001'],
      ] as const),
    ];
    for (const [others, own, text] of all) expect(times(rational(others, own))).toBe(text);
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 20n), fc.bigInt(1n, 10n ** 20n), (a, b) => {
        const shown = Number(times(rational(a, b)).replace(/≈ |,/g, ''));
        expect(Math.abs(shown / (Number(a) / Number(b)) - 1)).toBeLessThan(0.0501);
      }),
    );
  });

  test('of counts have all digits in groups of three, or three digits and a unit', () => {
    expect(exact(15_703_474_176n)).toBe('15,703,474,176');
    expect([999_999n, 1_000_000n, 999_499_999n, 999_500_000n, 15_703_474_176n].map(short)).toEqual([
      '999,999',
      '1.00 M',
      '999 M',
      '1.00 G',
      '15.7 G',
    ]);
    expect([1000n, 1024n, 1_028_096n, 495_261_704n, 1024n ** 3n].map(bytes)).toEqual([
      '1,000 B',
      '1.00 KB',
      '1,004 KB',
      '472 MB',
      '1.00 GB',
    ]);
    expect([share(0n, 5n), share(1n, 10_000n), share(9_999n, 10_000n), share(5n, 5n)]).toEqual([
      '0 %',
      '< 0.1 %',
      '> 99.9 %',
      '100 %',
    ]);
    expect([share(1n, 3n), share(26n, 1000n)]).toEqual(['33 %', '2.6 %']);
  });
});

describe('options', () => {
  test('--length beyond the schedule counts a longer model, with a note', async () => {
    const [long] = (await json(FILE, '--model', 'Tiny', '--length', '128')).models;
    expect(long!.encoder.layers.map(({ consumes }) => consumes)).toEqual([128, 128, 16]);
    expect(long!.notes[0]).toBe(
      'This model reads at most 64 tokens and would cut the document. The counts are for a model that reads 128 tokens: its layers before the first pooling read the whole document.',
    );
    const [usual] = (await json(FILE, '--model', 'Tiny')).models;
    expect(usual!.notes).toEqual([]);
  });

  test('--length that is not a multiple of the blocks is counted with its padding', async () => {
    const [odd, whole] = await Promise.all(
      ['33', '48'].map(async (n) => (await json(FILE, '--model', 'Tiny', '--length', n)).models[0]),
    );
    expect(odd!.encoder.macs).toEqual(whole!.encoder.macs);
    expect(odd!.notes).toEqual([
      'Documents are padded to whole blocks: 33 tokens cost as much as 48.',
      'The counts are exact for this length, but the formulas do not hold for it.',
    ]);
  });

  test('padding is counted as in the graph: a document below one block is not padded, unless blocks differ', async () => {
    const text = (more: string) => `model A { encoder { schedule 1k, 1k\n attention block(512)\n ${more} } }`;
    writeFileSync(path('equal.ben'), text(''));
    writeFileSync(path('mixed.ben'), text('layer 2 { attention block(128) }'));
    const notes = async (file: string) => (await json(path(file), '--length', '100')).models[0]!.notes;
    expect(await notes('equal.ben')).toEqual([
      'The counts are exact for this length, but the formulas do not hold for it.',
    ]);
    expect((await notes('mixed.ben'))[0]).toBe(
      'Documents are padded to whole blocks: 100 tokens cost as much as 512.',
    );
  });

  test('--target and --batch', async () => {
    const [one] = (await json(FILE, '--model', 'Tiny', '--target', '64')).models;
    expect(one!.notes).toEqual([
      'The decoder writes at most 32 tokens. The counts are for a decoder that writes 64 tokens.',
    ]);
    const [many] = (await json(FILE, '--model', 'Tiny', '--target', '64', '--batch', '3')).models;
    expect(many!.macs).toBe(3 * one!.macs);
    // A model without a decoder ignores the target if other models in the file have decoders.
    expect(await report(FILE, '--target', '16')).toContain('Reader');
  });

  test('the model of --against keeps its position, and other models have ratios; alone it is compared with itself', async () => {
    const ratios = async (...args: string[]) =>
      (await json(FILE, '--against', 'Small', ...args)).models.map((one) => [one.name, one.ratios?.macs]);
    const [tiny, small, reader] = (await json(FILE)).models.map(({ macs }) => macs);
    expect(await ratios()).toEqual([
      ['Tiny', small! / tiny!],
      ['Small', undefined],
      ['Reader', small! / reader!],
    ]);
    expect(await ratios('--model', 'Small')).toEqual([['Small', 1]]);
    expect(await ratios('--model', 'Tiny')).toEqual([['Tiny', small! / tiny!]]);
    const text = await full(FILE, '--against', 'Small');
    expect(text).toMatch(/^ {2}Small .*$/m);
    expect(text.match(/^Against Small$/gm)).toHaveLength(2);
    expect(text).toContain('Below, every other model has a table of its ratios against Small.');
  });

  test('models with the same name are distinguished, and ratios use the first of them', async () => {
    writeFileSync(
      path('twin.ben'),
      'model Small { vocabulary 300; width 8; heads 2; encoder { schedule 64 } }',
    );
    const { code, out, err } = await invoke([
      'report',
      path('twin.ben'),
      FILE,
      '--against',
      'Small',
      '--full',
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}Small \(twin\.ben\) /m);
    expect(out).toMatch(/^ {2}Small \(model\.ben\) /m);
    expect(withoutProgress(err)).toBe(
      `there are 2 models named Small; the ratios compare with the model in ${path('twin.ben')}\n`,
    );
    const { models } = await json(path('twin.ben'), FILE, '--against', 'Small', '-q');
    expect(models.map(({ ratios }) => ratios?.macs)).toEqual([
      undefined,
      ...models.slice(1).map(({ macs }) => models[0]!.macs / macs),
    ]);
  });

  test('small ratios have digits, and a quantity that one side lacks is marked', async () => {
    const small =
      'model Much { vocabulary 300; width 768; heads 8; encoder { schedule 4k x 8 }; decoder none }';
    writeFileSync(path('much.ben'), small);
    const files = [FILE, path('much.ben')];
    const text = await full(...files, '--model', 'Much', '--against', 'Tiny');
    const [much] = (await json(...files, '--model', 'Much', '--against', 'Tiny')).models;
    const row = (title: string): RegExpExecArray =>
      new RegExp(`^ {2}${title} {2,}(\\S.*?) {2,}(\\S.*?) {2,}(\\S+) {2,}(\\S.*)$`, 'm').exec(text)!;
    const shown = row('all multiplications')[3]!;
    expect(shown).toMatch(/^0\.0*[1-9]\d?×$/);
    expect(Number(shown.slice(0, -1)) / much!.ratios!.macs!).toBeCloseTo(1, 1);
    expect(row('cross-attention').slice(1)).toEqual(['–', '32,768', '–', 'Much has none']);
    expect(much!.ratios).toMatchObject({ crossAttention: null, kvCacheBytes: null });
    const turned = await full(...files, '--model', 'Tiny', '--against', 'Much', '--markdown');
    expect(turned).toContain('| cross-attention | 32,768 | – | – | Much has none |');
    expect(await report(...files, '--against', 'Tiny', '--html', '-')).toContain(
      '–, cross-attention: Much none, Tiny 32,768',
    );
  });

  test('patterns are expanded, and each file is reported once', async () => {
    writeFileSync(path('other.ben'), 'model Other { }');
    const names = async (...files: string[]) => (await json(...files)).models.map(({ name }) => name);
    expect(await names(path('{other,model}.ben'))).toEqual(['Tiny', 'Small', 'Reader', 'Other']);
    const again = `${path('folder')}/../other.ben`;
    expect(await names(path('other.ben'), FILE, path('other.ben'))).toEqual([
      'Other',
      'Tiny',
      'Small',
      'Reader',
    ]);
    expect(await names(path('other.ben'), again, path('othe?.ben'))).toEqual(['Other']);
    const { code, out, err } = await invoke(['report', FILE, path('*.bean')]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('error[D501]: no file matches');
  });

  test('--html - writes the page to standard output', async () => {
    const file = path('report.html');
    expect(await report(FILE, '--html', file)).toBe('report.html\n');
    const { code, out } = await invoke(['report', FILE, '--html', '-']);
    expect(code).toBe(0);
    expect(out).toBe(readFileSync(file, 'utf8'));
    expect(existsSync('-')).toBe(false);
  });

  test('several files can be given, one of them standard input', async () => {
    const { code, out } = await invoke(['report', FILE, '-', '--json'], { stdin: 'model Other { }' });
    expect(code).toBe(0);
    const names = JSON.parse(out).models.map(({ name, path: at }: { name: string; path: string }) => [
      name,
      at,
    ]);
    expect(names.at(-1)).toEqual(['Other', '<stdin>']);
    expect(names).toHaveLength(4);
  });

  test('the break-even is printed, or the reason why there is none', async () => {
    const text = (attention: string) =>
      `model A { width 32\n heads 2\n ffn 64\n encoder { attention ${attention}\n schedule 1k x 2 } }`;
    writeFileSync(path('full.ben'), text('full'));
    writeFileSync(path('blocks.ben'), text('block(32)'));
    const told = async (file: string, ...args: string[]) =>
      (await full(path(file), ...args)).replace(/\s+/g, ' ');
    // 2·n²·d equals n·(4d² + 2·d·f) at n = 2d + f = 128.
    expect(await told('full.ben')).toContain(
      'for documents from 129 tokens on (at 1,024 tokens attention is 800 % of their work).',
    );
    for (const [length, percent] of [
      ['128', 'at 128 tokens attention is 100 %'],
      ['160', 'at 160 tokens attention is 125 %'],
    ] as const)
      expect(await told('full.ben', '--length', length)).toContain(percent);
    expect(await told('blocks.ben', '--length', '16')).toContain(
      '(at 16 tokens attention is 12.5 % of their work)',
    );
    expect((await json(path('full.ben'), '--length', '160')).models[0]!.breakEven).toEqual({
      ranges: [{ from: 129, until: null }],
      attentionShare: 1.25,
    });
    expect(await told('blocks.ben')).toContain(
      'never more work than projections and feed-forward networks together (at 1,024 tokens attention is 25 % of their work): a query would need 2d + f = 128 keys (d: width, f: width of the FFN), but it has at most m = 32.',
    );
  });
});

describe('counts on the command line', () => {
  /** The options of all commands that take integers. */
  const wholes = COMMANDS.flatMap(({ options }) => options).filter(({ flags, parse }) => {
    // The opsets are a few numbers of two digits.
    if (flags.includes('--opset')) return false;
    try {
      return parse !== undefined && parse('1.5') === undefined;
    } catch {
      return true;
    }
  });

  test('are written as in the language', () => {
    expect(wholes.length).toBeGreaterThan(8);
    for (const { flags, parse } of wholes) {
      expect([parse!('1'), parse!('6_0')], flags).toEqual([1, 60]);
      for (const wrong of ['', 'k', '1K', '1M', '1_', '_1', '1.3', '1,000', '0x10', ' 1', '9007199254740993'])
        expect(() => parse!(wrong), `${flags} ${wrong}`).toThrow();
    }
    const { parse: length } = wholes.find(({ flags }) => flags.includes('--length <'))!;
    expect(['8k', '1.5k', '32_000', '1e3'].map(length!)).toEqual([8192, 1536, 32_000, 1000]);
    const { parse: seed } = wholes.find(({ flags }) => flags.includes('--seed'))!;
    expect(['-8k', '-0', '7'].map(seed!)).toEqual([-8192, 0, 7]);
  });

  test('give the same report', async () => {
    const [k, digits] = await Promise.all(
      [
        ['--length', '1k', '--target', '0.5k', '--batch', '2_0'],
        ['--length', '1024', '--target', '512', '--batch', '20'],
      ].map((args) => report(FILE, '--model', 'Tiny', ...args)),
    );
    expect(k).toBe(digits);
    expect(k).toContain('documents of 1,024 tokens, outputs of 512, 20 at once');
  });
});

describe('mistakes', () => {
  test.each([
    [['--model', 'Tinny'], 1, "did you mean 'Tiny'?"],
    [['--against', 'Nothing'], 1, 'the models are Tiny, Small, Reader'],
    [['--model', 'Reader', '--target', '3'], 2, 'Reader has no decoder'],
    [['--sweep', 'n'], 2, 'it is not a symbol with a range'],
    [['--sweep', 'n=1k'], 2, 'it is not a symbol with a range'],
    [['--sweep', 'x=1..2'], 2, "there is no symbol 'x'"],
    [['--sweep', 'n=1K..2k'], 2, "'1K' is not a whole number"],
    [['--sweep', 'n=0..2'], 2, "'0' is not a whole number"],
    [['--sweep', 'n=1.3..2'], 2, "'1.3' is not a whole number"],
    [['--sweep', 'n=2..1'], 2, 'the range ends before it begins'],
    [['--sweep', 'l=1..2k'], 2, 'l can be at most 1k'],
    [['--sweep', 't=1..4'], 2, 'Reader cannot have t = 1: this model has no decoder'],
    [['--sweep', 'm=24..48', '--model', 'Tiny'], 2, 'blocks of 24 do not divide 64'],
    [['--length', '0'], 2, 'whole number from 1 to 16_384k'],
    [['--length', '1K'], 2, 'whole number from 1'],
    [['--target', '1.3'], 2, 'whole number from 1'],
    [['--batch', 'many'], 2, 'whole number from 1'],
  ])('%j', async (args, expected, message) => {
    const { code, out, err } = await invoke(['report', FILE, ...args]);
    expect({ code, out }).toEqual({ code: expected, out: '' });
    expect(err).toContain(message);
  });

  test('in the text of a model, and no model at all', async () => {
    const wrong = await invoke(['report', '-'], { stdin: 'model A { heads 7 }' });
    expect(wrong).toMatchObject({ code: 1, out: '' });
    expect(wrong.err).toContain('error[D205]');
    const empty = await invoke(['report', '-'], { stdin: '// nothing\n' });
    expect(empty).toMatchObject({ code: 1, out: '' });
    expect(empty.err).toContain('error[D555]: <stdin> contains no model');
    const asData = await invoke(['report', '-', '--json'], { stdin: 'model A { heads 7 }' });
    expect(JSON.parse(asData.out).diagnostics.map((d: { code: string }) => d.code)).toEqual(['D205']);
  });
});
