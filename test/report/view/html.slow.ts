/**
 * The HTML report in Chromium: it makes no requests and no errors, nothing is too wide, and it can be read by keyboard, in
 * light and dark, narrow and wide, on paper, and without the script. axe finds no problems of accessibility.
 *
 * `KEEP=FOLDER` keeps the pages and their pictures in a folder, so that people can look at them.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { htmlReport } from '../../../report/view/html/page.ts';
import { chromium, Page } from './chromium.ts';
import { examples, reported, textOf } from './models.ts';

const path = chromium();
if (!path) console.warn('SKIPPED: no Chromium here; the HTML report is not looked at in this run');

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const model = (name: string, body: string): { path: string; text: string } => ({
  path: `${name}.ben`,
  text: `model ${name} {\n${body}\n}\n`,
});

const PAGES = {
  examples: examples(),
  deep: [textOf('examples/deep-pyramidion.ben')],
  tiny: [textOf('examples/tiny.ben')],
  encoder: [
    model('Encoder', 'width 64\nencoder { attention full; schedule 1000, 300 -> 100 }\ndecoder none'),
  ],
  layers: [
    model(
      'Layers',
      'encoder { attention block(512); schedule 8k x 8, 4k x 8, 1k x 8 -> 256 }\ndecoder { layers 24; target 1k }',
    ),
  ],
  long: [
    model('Long', 'encoder { attention block(512); schedule 64k x 2, 8k, 1k -> 512 }\ndecoder { layers 6 }'),
    model('Longest', 'encoder { attention block(128); schedule 64k x 4 }\ndecoder { layers 2 }'),
  ],
  hostile: [
    {
      path: '</script><img src=x onerror=alert(1)>.ben',
      text: '// </script><img src=x onerror="document.title=1"> \u202E\nmodel A { encoder { schedule 64 } }\n',
    },
  ],
} as const;
type Name = keyof typeof PAGES;
const NAMES = Object.keys(PAGES) as Name[];

const LOOKS = {
  light: { width: 1280, height: 900 },
  dark: { width: 1280, height: 900, scheme: 'dark' },
  narrow: { width: 400, height: 800 },
  wide: { width: 2200, height: 1200 },
  paper: { width: 688, height: 970, media: 'print' },
} as const;
type Seen = keyof typeof LOOKS;

const kept = process.env.KEEP;
const folder = kept ? resolve(kept) : mkdtempSync(join(tmpdir(), 'benben-html-'));
const fileOf = (name: string): string => join(folder, `${name}.html`);

let page: Page;

beforeAll(async () => {
  if (!path) return;
  mkdirSync(folder, { recursive: true });
  for (const name of NAMES) {
    const several = PAGES[name].length > 1 || name === 'deep';
    const html = htmlReport(reported(PAGES[name], several ? { against: 1 } : {}));
    writeFileSync(fileOf(name), html);
    const bare = html.replace(/<script>[\s\S]*?<\/script>/, '');
    writeFileSync(fileOf(`${name}-without-script`), bare);
  }
  page = await Page.start(path);
});

afterAll(async () => {
  await page?.close();
  if (!kept) rmSync(folder, { recursive: true, force: true });
});

async function open(name: string, look: Seen): Promise<void> {
  page.requests.length = 0;
  page.complaints.length = 0;
  await page.look(LOOKS[look]);
  await page.open(fileOf(name));
}

/** Opens all details, so that they are visible. */
const UNFOLD = `document.querySelectorAll('details').forEach((each) => { each.open = true; }); 1`;

/** Finds texts whose boxes overlap or are cut off. */
const TROUBLE = `(() => {
  const found = [];
  const boxes = [];
  const inScroll = (element) => element.closest('.scroll, .tip, svg defs');
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > wide) found.push('the page is wider than its window');
  const shown = (element) => {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    return style.visibility !== 'hidden' && style.display !== 'none' && box.width > 0 && box.height > 0;
  };
  for (const element of document.querySelectorAll('h1,h2,h3,h4,p,dt,dd,.caption span,.caption b,.what,.number,.legend li,svg text,figcaption,summary,button,.path')) {
    if (!shown(element)) continue;
    const box = element.getBoundingClientRect();
    if (!inScroll(element) && (box.left < -1 || box.right > wide + 1)) found.push('cut: ' + element.textContent);
    if (!inScroll(element) && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX === 'hidden')
      found.push('shortened: ' + element.textContent);
    boxes.push({ element, box });
  }
  for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
    const [a, b] = [boxes[i], boxes[j]];
    if (a.element.contains(b.element) || b.element.contains(a.element)) continue;
    const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
    const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
    if (across > 1.5 && down > 2.5) found.push('on each other: ' + a.element.textContent + ' | ' + b.element.textContent);
  }
  return found;
})()`;

const AXE = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations.map(({ id, help, nodes }) => id + ': ' + help + ' ' + nodes.slice(0, 3).map((n) => n.html + ' ' + n.failureSummary).join(' ')))`;

describe.skipIf(!path)('the HTML report in Chromium', () => {
  test.each(NAMES)('%s: there are no requests, errors, overlaps or cut texts', async (name) => {
    for (const look of Object.keys(LOOKS) as Seen[]) {
      await open(name, look);
      if (kept) {
        const height = await page.value<number>('document.documentElement.scrollHeight');
        await page.look({ ...LOOKS[look], height: Math.min(height, 12_000) });
        writeFileSync(join(folder, `${name}-${look}.png`), await page.picture());
      }
      await page.value(UNFOLD);
      expect(await page.value(TROUBLE), look).toEqual([]);
      expect(page.complaints).toEqual([]);
      expect(page.requests).toEqual([pathToFileURL(fileOf(name)).href]);
    }
  });

  test.each(NAMES.filter((name) => name !== 'examples'))('%s: axe finds nothing', async (name) => {
    for (const look of ['light', 'dark', 'narrow'] as const) {
      await open(name, look);
      await page.value(UNFOLD);
      await page.value(`${axe}; 1`);
      expect(await page.value(AXE), look).toEqual([]);
    }
  });

  test('these checks find the faults that they look for', async () => {
    const style = (css: string): string =>
      `document.head.insertAdjacentHTML('beforeend', '<style>${css}</style>'); 1`;
    await open('tiny', 'light');
    await page.value(style('.caption{margin-top:-2rem} .facts{width:3000px}'));
    const found = (await page.value<string[]>(TROUBLE)).join('\n');
    expect(found).toContain('the page is wider than its window');
    await page.value(style('.caption b{margin-bottom:-1rem}'));
    expect((await page.value<string[]>(TROUBLE)).join('\n')).toContain('on each other: Layer 1 | 64 × 64');
    await page.value(style('.note{color:#ccc}'));
    await page.value(`document.querySelector('.spot').removeAttribute('aria-label'); ${axe}; 1`);
    const rules = (await page.value<string[]>(AXE)).map((text) => text.split(':')[0]);
    expect(rules).toEqual(expect.arrayContaining(['color-contrast', 'role-img-alt']));
  });

  test('hostile names and comments stay text', async () => {
    await open('hostile', 'light');
    expect(await page.value('document.querySelectorAll("img").length')).toBe(0);
    expect(await page.value('document.querySelectorAll("script").length')).toBe(1);
    expect(await page.value('document.title')).toBe('What A costs');
    expect(await page.value('document.querySelector(".path").textContent')).toBe(PAGES.hostile[0].path);
  });

  test('a foreign script in the page would not run', async () => {
    const text = readFileSync(fileOf('tiny'), 'utf8');
    writeFileSync(
      fileOf('stained'),
      text.replace('</main>', '<script>document.title = "stained"</script></main>'),
    );
    await open('stained', 'light');
    expect(await page.value('document.title')).toBe('What Tiny costs');
  });

  test('Tab stops once at each chart, arrows move within it, and the numbers at the focus are shown', async () => {
    await open('tiny', 'light');
    const focused = (): Promise<string> =>
      page.value(`document.activeElement.getAttribute('aria-label') ?? ''`);
    const tip = (): Promise<string> =>
      page.value(
        `(() => { const tip = document.querySelector('.tip'); return tip.hidden ? '' : tip.textContent; })()`,
      );
    await page.value(`document.querySelector('.bars .spot').focus(); 1`);
    expect(await focused()).toMatch(/^Encoder 1, attention: /);
    expect(await tip()).toBe(await focused());
    await page.press('ArrowRight');
    expect(await focused()).toMatch(/^Encoder 1, projections: /);
    await page.press('ArrowDown');
    expect(await focused()).toMatch(/^Encoder 2, projections: /);
    await page.press('End');
    expect(await focused()).toMatch(/^Head, output head: /);
    expect(await tip()).toBe(await focused());
    await page.press('Escape');
    expect(await tip()).toBe('');
    await page.press('Tab');
    expect(await page.value(`document.activeElement.tagName`)).toBe('SUMMARY');
    const stops = `[...document.querySelectorAll('[data-rove]')].map((group) => group.querySelectorAll('.spot[tabindex="0"]').length)`;
    expect(new Set(await page.value<number[]>(stops))).toEqual(new Set([1]));
    await page.value(`document.querySelector('.chart .spot').focus(); 1`);
    await page.press('ArrowRight');
    expect(await focused()).toMatch(/^Tiny at n = 16: /);
  });

  test('the tooltip stays within the window everywhere', async () => {
    await open('deep', 'narrow');
    const outside = await page.value(`(() => {
      const tip = document.querySelector('.tip');
      return [...document.querySelectorAll('.spot[aria-label]')].filter((spot) => {
        spot.focus();
        const box = tip.getBoundingClientRect();
        return tip.hidden || box.left < 0 || box.right > innerWidth || box.top < 0 || box.bottom > innerHeight;
      }).map((spot) => spot.getAttribute('aria-label'));
    })()`);
    expect(outside).toEqual([]);
  });

  test('the button overrides the system’s choice of light or dark', async () => {
    const ground = (): Promise<string> =>
      page.value('getComputedStyle(document.documentElement).backgroundColor');
    await open('tiny', 'dark');
    const dark = await ground();
    await open('tiny', 'light');
    const light = await ground();
    expect(light).not.toBe(dark);
    expect(await page.value('document.getElementById("theme").ariaPressed')).toBe('false');
    await page.value('document.getElementById("theme").focus(); 1');
    await page.value('document.getElementById("theme").click(); 1');
    expect(await ground()).toBe(dark);
    expect(await page.value('document.getElementById("theme").ariaPressed')).toBe('true');
    await page.look({ ...LOOKS.paper });
    expect(await ground()).toBe('rgb(255, 255, 255)');
  });

  test('without its script everything is visible, and the numbers at the focus are shown at the bottom', async () => {
    await open('tiny-without-script', 'light');
    expect(await page.value(TROUBLE)).toEqual([]);
    await page.value(`document.querySelector('.bars .spot').focus({ focusVisible: true }); 1`);
    const content = `getComputedStyle(document.activeElement, '::after').content`;
    expect(await page.value(content)).toMatch(/^"Encoder 1, attention: /);
    expect(await page.value('document.querySelectorAll(".spot[tabindex=\\"0\\"]").length')).toBeGreaterThan(
      40,
    );
  });

  test('prints', async () => {
    await open('examples', 'light');
    const pdf = await page.pdf();
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    // The overview and each model have at least one page and at most about two. The sources need more pages.
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)!.length;
    expect(pages).toBeGreaterThanOrEqual(16);
    expect(pages).toBeLessThanOrEqual(48);
    if (kept) writeFileSync(join(folder, 'examples.pdf'), pdf);
  });
});
