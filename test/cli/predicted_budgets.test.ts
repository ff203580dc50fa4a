/** `predicted_time` in a budget equals the number of `report --on` exactly. */
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromDecimal, type Rational } from '../../report/algebra/fractions.ts';
import { MACHINES } from '../../report/time/machines.ts';
import { invoke, MODEL, workshop } from './invoke.ts';

const { path } = await workshop();

interface Reported {
  readonly models: readonly {
    readonly name: string;
    readonly predicted: readonly {
      readonly device: string;
      readonly encoder: { readonly layers: readonly { readonly seconds: number }[] };
      readonly total: { readonly seconds: number };
    }[];
  }[];
}

interface Held {
  readonly budgets: readonly {
    readonly left: number | string;
    readonly leftNumber: number;
    readonly measures: string;
  }[];
}

/** The number that an integer or a text such as `1/8` represents. */
function fraction(exact: number | string): Rational {
  const [above, below = '1'] = String(exact).split('/');
  return { numerator: BigInt(above!), denominator: BigInt(below) };
}

test.each([
  { precision: 'fp32', lengths: {} },
  { precision: 'fp16', lengths: { batch: 4, target: 8 } },
  { precision: 'int8', lengths: { length: 32 } },
])('in $precision at $lengths', async ({ precision, lengths }) => {
  const options = Object.entries(lengths).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  const on = MACHINES.map(({ name }) => name);
  const of = ['--model', 'Tiny', '--on', on.join(), '--precision', precision, '--json'];
  const report = await invoke(['report', path('model.ben'), ...of, ...options]);
  const told = (JSON.parse(report.out) as Reported).models[0]!.predicted;
  expect(told.map(({ device }) => device)).toEqual(on);

  const args = Object.entries({ ...lengths, precision }).map(([name, value]) => `${name}: ${value}`);
  const budgets = on.map((device) => `  predicted_time(${[device, ...args].join(', ')}) > 0us\n`);
  const file = path(`${precision}.ben`);
  writeFileSync(file, `${MODEL}check Tiny {\n${budgets.join('')}}\n`);
  const checked = await invoke(['check', file, '--json']);
  expect(checked.code, checked.out).toBe(0);
  const { budgets: all } = JSON.parse(checked.out) as Held;
  const times = all.slice(1);
  const held = times.map(({ left }) => fraction(left));
  expect(times.map(({ leftNumber }) => leftNumber)).toEqual(told.map(({ total }) => total.seconds));
  expect(times.every(({ measures }) => measures === 'seconds')).toBe(true);
  expect(held).toEqual(told.map(({ total }) => fromDecimal(String(total.seconds))));
  expect(new Set(told.map(({ total }) => total.seconds)).size).toBe(on.length);
});

test('by side and layer', async () => {
  const report = await invoke(['report', path('model.ben'), '--model', 'Tiny', '--on', 't4', '--json']);
  const { encoder, total } = (JSON.parse(report.out) as Reported).models[0]!.predicted[0]!;
  const of = [
    'side: encoder',
    'side: decoder',
    ...encoder.layers.map((_, i) => `side: encoder, layer: ${i + 1}`),
  ];
  const file = path('sides.ben');
  const budgets = of.map((some) => `  predicted_time(t4, ${some}) > 0us\n`);
  writeFileSync(file, `${MODEL}check Tiny {\n${budgets.join('')}}\n`);
  const checked = await invoke(['check', file, '--json']);
  expect(checked.code, checked.out).toBe(0);
  const [read, written, ...layers] = (JSON.parse(checked.out) as Held).budgets
    .slice(1)
    .map(({ leftNumber }) => leftNumber);
  expect(layers).toEqual(encoder.layers.map(({ seconds }) => seconds));
  expect(read! + written!).toBeCloseTo(total.seconds, 15);
  expect(read).toBeGreaterThan(layers.reduce((sum, one) => sum + one, 0));
});
