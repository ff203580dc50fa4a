/** A model of eight times as many layers takes about eight times as long to report, in every format. */

import pc from 'picocolors';
import { expect, test } from 'vitest';
import { render as html } from '../../../cli/report/html.ts';
import { render as json } from '../../../cli/report/json.ts';
import { render as text } from '../../../cli/report/text.ts';
import { reported } from '../../cli/report/models.ts';

const deep = (layers: number): string => `model Deep {
  vocabulary 1000
  width 64
  heads 4
  encoder {
    attention block(64)
    schedule 512 x ${layers - 2}, 128 x 2 -> 64
  }
  decoder { layers 2; target 32 }
}`;

/** The least of three, each of a model that nobody has seen. */
function seconds(layers: number): number {
  const times = [0, 1, 2].map(() => {
    const start = performance.now();
    const document = reported([{ path: 'deep.ben', text: deep(layers) }]);
    for (const render of [text, json, html]) render(document, pc.createColors(false));
    return (performance.now() - start) / 1000;
  });
  return Math.min(...times);
}

test('1,024 layers beside 128', () => {
  seconds(32);
  const [few, many] = [seconds(128), seconds(1024)];
  expect(many / few).toBeLessThan(16);
  expect(many).toBeLessThan(20);
}, 120_000);
