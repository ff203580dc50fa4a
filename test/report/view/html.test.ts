/** The HTML report without a browser: it is well-formed, safe and reproducible, and its numbers are those of the report. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dimText } from '../../../compiler/ir/dim.ts';
import { polynomialText } from '../../../compiler/ir/polynomial.ts';
import { type Counted, reportOf } from '../../../report/report.ts';
import { htmlReport } from '../../../report/view/html/page.ts';
import { curveLengths, curveOf, lengthCurve } from '../../../report/view/html/scaling.ts';
import { COLOURS, type Colour } from '../../../report/view/html/theme.ts';
import { invoke } from '../../cli/invoke.ts';
import { all, type Element, hasClass, read, textOf } from './markup.ts';
import { examples, reported, SMALL } from './models.ts';

const small = reported([SMALL], { against: 1 });
const reports = small.models.map(({ report }) => report);
const page = htmlReport(small);
const root = read(page);

const labels = (within: Element): string[] =>
  all(within, hasClass('spot')).flatMap(({ attributes }) => attributes['aria-label'] ?? []);
/** The text without separators in its numbers. */
const plain = (text: string): string => text.replace(/(?<=\d),(?=\d{3})/g, '');
const models = (within: Element): Element[] => all(within, hasClass('model'));
const inTable = (within: Element, caption: string): Element =>
  all(within, ({ tag }) => tag === 'table').find((table) =>
    all(table, ({ tag }) => tag === 'caption').some((each) => textOf(each) === caption),
  )!;
const cells = (table: Element): string[][] =>
  all(table, ({ tag }) => tag === 'tr').map((row) =>
    all(row, ({ tag }) => tag === 'td').map((cell) => plain(textOf(cell))),
  );

const formula = ({ formula: by }: Counted): string =>
  polynomialText(by, (d) => dimText(d).replace('target', 't').replace('batch', 'B')).replaceAll('_', '');

test('a page is well-formed, and has its names, language and references', () => {
  const ids = all(root, ({ attributes }) => 'id' in attributes).map(({ attributes }) => attributes.id!);
  expect(new Set(ids).size).toBe(ids.length);
  const refs = all(root, ({ attributes }) => 'href' in attributes).map(({ attributes }) => attributes.href!);
  for (const ref of refs) expect(ids).toContain(ref.replace(/^#/, ''));
  for (const { attributes } of all(root, ({ attributes }) => 'aria-labelledby' in attributes))
    expect(ids).toContain(attributes['aria-labelledby']);
  expect(all(root, ({ tag }) => tag === 'html')[0]!.attributes.lang).toBe('en');
  expect(textOf(all(root, ({ tag }) => tag === 'title')[0]!)).toBe('What Blocks, Full and NoDecoder cost');
  const headings = all(root, ({ tag }) => /^h[1-6]$/.test(tag)).map(({ tag }) => Number(tag[1]));
  expect(headings.filter((level) => level === 1)).toEqual([1]);
});

test('nothing is requested, and only the page’s own script may run', () => {
  expect(page).not.toMatch(/https?:|url\((?!#)|@import|<link|<img|\bsrc=/);
  const script = textOf(all(root, ({ tag }) => tag === 'script')[0]!);
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = all(root, ({ attributes }) => 'content' in attributes).map((e) => e.attributes.content);
  expect(policy.join('\n')).toContain(
    `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`,
  );
  const handlers = all(root, ({ attributes }) => Object.keys(attributes).some((name) => /^on/i.test(name)));
  expect(handlers).toEqual([]);
});

test('the same reports give the same bytes', () => {
  expect(htmlReport(reported([SMALL], { against: 1 }))).toBe(page);
});

describe('numbers', () => {
  test('every product of every layer, its formula and the sums', () => {
    reports.forEach((report, i) => {
      const sides = [
        { caption: 'Encoder, multiplications', ...report.encoder },
        ...(report.decoder ? [{ caption: 'Decoder, multiplications', ...report.decoder }] : []),
      ];
      for (const { caption, layers, macs } of sides) {
        const parts = Object.keys(macs);
        const of = (each: object): Counted[] => parts.map((part) => (each as Record<string, Counted>)[part]!);
        const counts = (each: object): string[] => of(each).map(({ count }) => String(count));
        const rows = layers.map((layer) => counts('macs' in layer ? layer.macs : layer));
        const expected = [...rows, counts(macs), of(macs).map(formula)];
        expect(cells(inTable(models(root)[i]!, caption)).filter((row) => row.length > 0)).toEqual(expected);
      }
    });
  });

  test('bars have labels for each part with a cost, and repeated layers for their sum', () => {
    const [first] = models(root);
    const [report] = reports;
    const shown = labels(all(first!, hasClass('bars'))[0]!).map(plain);
    const { attention, ffn, total } = report!.encoder.layers[0]!.macs;
    expect(shown).toContain(
      `Encoder 1, attention: ${attention.count} = ${formula(attention)} multiplications`,
    );
    expect(shown).toContain(`Encoder 1, feed-forward: ${ffn.count} = ${formula(ffn)} multiplications`);
    const decoder = report!.decoder!.layers[1]!;
    expect(shown).toContain(
      `Decoder 2: like Decoder 1, ${decoder.total.count} = ${formula(decoder.total)} multiplications in all`,
    );
    expect(shown.join('\n')).not.toMatch(/: 0 /);
    // Only the second layer ends in a pooling with scoring.
    expect(total.count).not.toBe(report!.encoder.layers[1]!.macs.total.count);
    expect(shown.filter((text) => text.startsWith('Encoder 2, scoring'))).toHaveLength(1);
  });

  test('at a length for which the formulas are not valid, no formula is shown', () => {
    const short = read(htmlReport(reported([SMALL], { lengths: { length: 16 } })));
    // The first model has blocks of 8 and a pooling to 24. The formulas of the other model are valid for every length.
    const shown = labels(models(short)[0]!).map(plain);
    expect(shown.length).toBeGreaterThan(5);
    expect(shown.filter((text) => text.includes(' = '))).toEqual([]);
  });

  test('bars have proportional lengths on one scale', () => {
    const widths = models(root).flatMap((each) =>
      all(each, hasClass('seg')).map(({ attributes }) => Number(/--w:([\d.]+)/.exec(attributes.style!)![1])),
    );
    const parts = reports.flatMap(({ encoder, decoder }) => [
      ...encoder.layers.flatMap(({ macs }) => [
        macs.attention,
        macs.projections,
        macs.ffn,
        macs.score,
        macs.pool,
      ]),
      ...(decoder
        ? [
            ...decoder.layers.flatMap((macs) => [
              ...[
                macs.selfAttention,
                macs.crossAttention,
                macs.projections,
                macs.memoryProjections,
                macs.ffn,
              ],
            ]),
            decoder.macs.head,
          ]
        : []),
    ]);
    const counts = parts.map(({ count }) => Number(count)).filter((count) => count > 0);
    expect(widths).toHaveLength(counts.length);
    const longest = Math.max(
      ...reports.flatMap(({ encoder, decoder }) => [
        ...encoder.layers.map(({ macs }) => Number(macs.total.count)),
        ...(decoder ? [...decoder.layers, { total: decoder.macs.head }] : []).map((m) =>
          Number(m.total.count),
        ),
      ]),
    );
    for (const [i, width] of widths.entries()) expect(width).toBeCloseTo((100 * counts[i]!) / longest, 2);
  });

  test('the overview, parameters, Table 1 and ratios have the report’s numbers', () => {
    const [blocks, full] = [reports[0]!, reports[1]!];
    const shown = labels(root).map(plain);
    expect(shown).toContain(`Blocks, multiplications in all: ${blocks.macs.count}`);
    expect(shown).toContain(`Full, parameters: ${full.parameters.total}`);
    const [own, other] = [blocks.encoder.macs.attention.count, full.encoder.macs.attention.count];
    const ratio = String(Number((Number(other) / Number(own)).toFixed(2)));
    expect(shown).toContain(`${ratio} ×, encoder self-attention: Blocks ${own}, Full ${other}`);
    const every = all(root, ({ tag }) => tag === 'tr').map((row) => textOf(row));
    const { ratios } = small.models[0]!.ratios!;
    for (const { quantity } of ratios) expect(every.join('\n')).toContain(quantity.title);
    const text = plain(textOf(models(root)[0]!));
    for (const count of [...Object.values(blocks.parameters.groups), blocks.parameters.total])
      expect(text).toContain(String(count));
    for (const cell of [blocks.table1.selfAttention, blocks.table1.crossAttention!]) {
      expect(text).toContain(cell.text);
      expect(text).toContain(String(cell.units));
    }
  });

  test('a product of Table 1 that exceeds the units is marked, and l of cross-attention counts decoder layers', () => {
    const [blocks, full] = models(root);
    expect(textOf(full!)).toContain('2 × 64 × 64 × 16');
    const { units } = reports[0]!.table1.crossAttention!;
    expect(units).toBe(3n * 8n * 4n * 16n);
    expect(textOf(blocks!)).toContain('3 × 8 × 4 × 16');
    const shrinking = reported([
      { path: 'a', text: 'model A { encoder { attention full; schedule 64, 32 } }' },
    ]);
    expect(textOf(read(htmlReport(shrinking)))).toContain('at most 1.5 × 64 × 64 × 512');
  });

  test('known sizes of memory are shown, and unknown sizes are left out', () => {
    const [one] = small.models;
    const memory = { ...one!.report.memory, weightBytes: 3_221_225_472n, kvCacheBytes: null };
    const known = { ...memory, peakActivationBytes: 4096n };
    const pageText = (report: object): string =>
      plain(textOf(read(htmlReport({ models: [{ ...one!, report: { ...one!.report, ...report } }] }))));
    expect(pageText({ memory: known })).toContain('weights32212254723.00 GB');
    expect(pageText({ memory: known })).toContain(': most activations at once40964.00 KB');
    expect(pageText({ memory: known })).not.toContain('keys and values of all words');
  });
});

describe('figures', () => {
  /** The area of a path of M, m, h, v, H, V, L and z, by the shoelace formula. */
  function area(d: string): number {
    let [x, y, sx, sy, twice] = [0, 0, 0, 0, 0];
    const to = (nx: number, ny: number): void => {
      twice += x * ny - nx * y;
      [x, y] = [nx, ny];
    };
    for (const [, command, rest] of d.matchAll(/([MmhvHVLz])([-\d. ]*)/g)) {
      const [a = 0, b = 0] = rest!.split(/ /).filter(Boolean).map(Number);
      if (command === 'M') [x, y, sx, sy] = [a, b, a, b];
      if (command === 'm') [x, y, sx, sy] = [x + a, y + b, x + a, y + b];
      if (command === 'h') to(x + a, y);
      if (command === 'v') to(x, y + a);
      if (command === 'H') to(a, y);
      if (command === 'V') to(x, a);
      if (command === 'L') to(a, b);
      if (command === 'z') to(sx, sy);
    }
    return Math.abs(twice) / 2;
  }

  test('filled areas are proportional to the computed entries, and sizes are to scale', () => {
    const given = reported(examples().filter(({ path }) => !path.includes('transpooler')));
    const tree = read(htmlReport(given));
    const byId = new Map(
      all(tree, ({ attributes }) => 'id' in attributes).map((element) => [element.attributes.id, element]),
    );
    given.models.forEach(({ report }, i) => {
      const pictures = all(models(tree)[i]!, hasClass('picture')).filter(
        (svg) => all(svg, ({ tag }) => tag === 'use').length > 0,
      );
      expect(pictures).toHaveLength(report.encoder.layers.length);
      const longest = Math.max(
        report.lengths.target,
        ...report.encoder.layers.map(({ consumes }) => consumes),
      );
      pictures.forEach((svg, l) => {
        const { consumes, entries } = report.encoder.layers[l]!;
        const drawn = byId.get(all(svg, ({ tag }) => tag === 'use')[0]!.attributes.href!.slice(1))!;
        const filled = area(all(drawn, hasClass('computed'))[0]!.attributes.d!);
        expect(BigInt(filled) * BigInt(report.spec.heads)).toBe(entries.count);
        expect(svg.attributes.viewBox).toBe(`0 0 ${consumes} ${consumes}`);
        const [, w, h] = /--w:([\d.]+);--h:([\d.]+)/.exec(svg.attributes.style!)!;
        expect([Number(w), Number(h)]).toEqual(
          [w, w].map(() => expect.closeTo((1000 * consumes) / longest, 2)),
        );
      });
    });
  });

  test('an incomplete last block ends with the document, and very many blocks are drawn as a band', () => {
    const source = (schedule: string) => ({
      path: 'a',
      text: `model A { width 8; heads 1; encoder { attention block(16); schedule ${schedule} } }`,
    });
    const many = [reported([source('2k')]), reported([source('64')], { lengths: { length: 50 } })];
    const tree = read(htmlReport({ models: many.flatMap(({ models }) => models) }));
    const path = (id: string): Element[] =>
      all(tree, ({ attributes }) => attributes.id === id).flatMap((g) => all(g, ({ tag }) => tag === 'path'));
    expect(path('blocks-2048-16').map(({ attributes }) => attributes.class)).toEqual([
      'frame',
      'computed',
      'hatch',
    ]);
    expect(area(path('blocks-50-16')[1]!.attributes.d!)).toBe(3 * 256 + 4);
  });

  test('every picture and every value has a label and can have the focus', () => {
    const spots = all(root, hasClass('spot'));
    expect(spots.length).toBeGreaterThan(100);
    for (const { attributes } of spots) {
      if (attributes['aria-hidden'] === 'true') continue;
      expect(attributes).toMatchObject({
        role: 'img',
        tabindex: '0',
        'aria-label': expect.stringMatching(/\d/),
      });
    }
  });
});

describe('scaling curves', () => {
  test('equal the report at each length, with and without formulas', () => {
    for (const report of reports) {
      const lengths = [...curveLengths(report), 1, 7, 100, 120];
      const expected = lengths.map((length) => {
        const { macs, encoder } = reportOf(report.spec, { ...report.lengths, length });
        return { value: length, macs: macs.count, encoderAttention: encoder.macs.attention.count };
      });
      expect(lengthCurve(report, lengths)).toEqual(expected);
    }
  });

  test('have every point in the chart and in the table', () => {
    const shown = labels(root).map(plain);
    const text = plain(textOf(root));
    for (const { name, longest, points } of small.models.map(curveOf)) {
      for (const { value, macs, encoderAttention } of points) {
        const far = value > longest! ? `, beyond the model’s own ${longest}` : '';
        expect(shown).toContain(`${name} at n = ${value}: ${macs} multiplications${far}`);
        expect(text).toContain(String(encoderAttention));
      }
    }
  });

  test('are replaced by a requested sweep', () => {
    const swept = reported([SMALL], { sweep: { symbol: 'l', values: [1, 2, 5] } });
    const shown = labels(read(htmlReport(swept))).map(plain);
    for (const { report, sweep } of swept.models)
      for (const { value, report: at } of sweep!.points)
        expect(shown).toContain(`${report.name} at l = ${value}: ${at.macs.count} multiplications`);
    expect(shown.join('\n')).not.toMatch(/ at n = /);
  });
});

describe('hostile text', () => {
  const HOSTILE = [
    '</script><img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    "'; alert(1); '",
    '<!-- --><script>alert(1)</script>',
    '&lt;b&gt; &#x3C;',
    '</style><style>*{display:none}',
    'a\u202Eb\u0000c\uD800',
  ];

  const renamed = (name: string): string => {
    const [one] = small.models;
    const source = { path: name, text: `// ${name}\nmodel A { } // ${name}` };
    const ratios = { ...one!.ratios!, against: name };
    const sweep = { symbol: 'n', points: [{ value: 64, report: one!.report }] } as const;
    const models = [name, `${name}2`].map((each) => ({
      ...one!,
      source,
      ratios,
      sweep,
      report: { ...one!.report, name: each },
    }));
    return htmlReport({ models });
  };

  const tagsOf = (tree: Element): string[] => all(tree, () => true).map(({ tag }) => tag);

  test('in names, paths and sources stays text', () => {
    const usual = tagsOf(read(renamed('Usual')));
    for (const name of HOSTILE) {
      const tree = read(renamed(name));
      expect(tagsOf(tree)).toEqual(usual);
      const seen = ['\u202E', '\u0000', '\uD800'].reduce((text, bad) => text.replace(bad, '\uFFFD'), name);
      expect(textOf(all(tree, ({ tag }) => tag === 'h2')[1]!)).toBe(seen);
    }
  });

  test('of any kind gives a well-formed page', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        const tree = read(renamed(name));
        expect(tagsOf(tree).filter((tag) => tag === 'script')).toHaveLength(1);
      }),
      { numRuns: 25 },
    );
  });
});

test('all examples together are less than 450 KB', () => {
  const given = reported(examples(), { against: 0 });
  expect(given.models.length).toBeGreaterThanOrEqual(15);
  expect(Buffer.byteLength(htmlReport(given))).toBeLessThan(450_000);
});

test('the command writes the page and prints its path', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'benben-html-'));
  try {
    const [source, out] = [join(folder, 'small.ben'), join(folder, 'report.html')];
    writeFileSync(source, SMALL.text);
    expect(await invoke(['report', source, '--model', 'Blocks', '--html', out])).toEqual({
      code: 0,
      out: `${out}\n`,
      err: '',
    });
    const { models } = reported([{ ...SMALL, path: source }]);
    expect(readFileSync(out, 'utf8')).toBe(htmlReport({ models: models.slice(0, 1) }));
    const over = await invoke(['report', source, '--html', source]);
    expect(over.code).not.toBe(0);
    expect(readFileSync(source, 'utf8')).toBe(SMALL.text);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('colours', () => {
  const luminance = (hex: string): number => {
    const [r, g, b] = [1, 3, 5]
      .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string): number => {
    const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p) as [number, number];
    return (x + 0.05) / (y + 0.05);
  };
  const TEXT: readonly Colour[] = ['ink', 'muted', 'link'];
  /** The light fill of feed-forward is visible because of its edge, which has the colour `frame`. */
  const DRAWN: readonly Colour[] = ['frame', 'attention', 'cross', 'pool', 'score', 'head'];
  const LINES = (Object.keys(COLOURS) as Colour[]).filter((name) => /^c\d$/.test(name));

  test.each(['light', 'dark'] as const)('can be distinguished in the %s theme', (theme) => {
    const of = (name: Colour): string => COLOURS[name][theme];
    for (const ground of ['page', 'surface'] as const) {
      for (const name of TEXT) expect(contrast(of(name), of(ground)), name).toBeGreaterThanOrEqual(4.5);
      for (const name of [...DRAWN, ...LINES])
        expect(contrast(of(name), of(ground)), name).toBeGreaterThanOrEqual(3);
    }
  });
});
