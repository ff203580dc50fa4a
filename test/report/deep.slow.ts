/** A report of eight times as many layers takes about eight times as long, in every format. */

import pc from 'picocolors';
import { expect, test } from 'vitest';
import type { ReportDocument } from '../../report/document.ts';
import { reportJson } from '../../report/report_json.ts';
import { htmlReport as html } from '../../report/view/html/page.ts';
import { render as text } from '../../report/view/text.ts';
import { reported } from './view/models.ts';

const deep = (encoder: string): string => `model Deep {
  vocabulary 1000
  width 64
  heads 4
  encoder {
    ${encoder}
  }
  decoder { layers 2; target 32 }
}`;

const inBlocks = (layers: number): string =>
  deep(`attention block(64)\n    schedule 512 x ${layers - 2}, 128 x 2 -> 64`);

const allPool = (layers: number): string => {
  const lengths = Array.from({ length: layers }, (_, i) => 4096 - 7 * i);
  return deep(`attention full\n    schedule ${lengths.join(', ')} -> 16\n    pool soft_topk by linear`);
};

const json = (document: ReportDocument): string => JSON.stringify(reportJson(document), null, 2);

/** The shortest time of three reports, in all formats. */
function seconds(model: string): number {
  const times = [0, 1, 2].map(() => {
    const start = performance.now();
    const document = reported([{ path: 'deep.ben', text: model }]);
    for (const render of [text, json, html]) render(document, pc.createColors(false));
    return (performance.now() - start) / 1000;
  });
  return Math.min(...times);
}

test.each([
  ['1,024 layers beside 128', inBlocks, 128],
  ['512 poolings beside 64', allPool, 64],
] as const)(
  '%s',
  (_, model, layers) => {
    seconds(model(32));
    const [few, many] = [seconds(model(layers)), seconds(model(8 * layers))];
    expect(many / few).toBeLessThan(16);
    expect(many).toBeLessThan(20);
  },
  240_000,
);
