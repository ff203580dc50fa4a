/**
 * Measures a quantity that a budget names: checks the quantity's arguments against the model, and selects the requested
 * parts.
 */
import type { Diagnostic } from '../../dsl/diagnostics.ts';
import { problem } from '../../dsl/problem.ts';
import {
  type BudgetDevice,
  type BudgetEntry,
  type BudgetGroup,
  type BudgetPrecision,
  type BudgetSide,
  QUANTITIES,
  type QuantityName,
} from '../../dsl/quantities.ts';
import type { BudgetExpr, ModelSpec } from '../../dsl/spec.ts';
import { type Amount, NO_AMOUNT, sumOf } from '../algebra/amounts.ts';
import type { Rational } from '../algebra/fractions.ts';
import type { ReportLengths } from '../measured.ts';
import type { Footprint } from '../memory/held.ts';
import type { ModelReport } from '../report.ts';
import type { BudgetPart } from './budget_text.ts';
import { QUANTITY_TABLE } from './quantities.ts';

/** A value, and the parts that it is a weighted sum of. */
export interface Valued {
  readonly value: Rational;
  readonly parts: readonly BudgetPart[];
}

export interface Measuring {
  readonly checked: string;
  readonly report: (diagnostic: Diagnostic) => void;
  readonly model: (name: string) => ModelSpec;
  readonly measure: (spec: ModelSpec, lengths: ReportLengths) => ModelReport;
  readonly footprint: Footprint;
}

type QuantityExpr = Extract<BudgetExpr, { type: 'quantity' }>;

/** The arguments of all quantities together; each quantity takes some of them. */
interface Args extends ReportLengths {
  readonly precision?: BudgetPrecision;
  readonly device?: BudgetDevice;
  readonly entry?: BudgetEntry;
  readonly group?: BudgetGroup;
  readonly side?: BudgetSide;
  /** Layers are numbered from 1. */
  readonly layer?: number;
}

/** The largest value of an argument for a model, and the message for a larger one. */
interface Limit {
  readonly code: 'D203' | 'D208' | 'D217';
  readonly most: number;
  readonly message: (value: number) => string;
  readonly help: string;
}

const longest = (name: 'length' | 'target', model: string, does: string, most: number): Limit => ({
  code: 'D203',
  most,
  message: (value) => `\`${name}\` is ${value}, but ${model} ${does} at most ${most}`,
  help: `write a number up to ${most}`,
});

function layersOf({ name, encoder, decoder }: ModelSpec, side: BudgetSide): Limit {
  const most = side === 'decoder' ? (decoder?.layers ?? 0) : encoder.layers.length;
  const has = most === 0 ? 'no decoder' : `${most} ${side} layer${most === 1 ? '' : 's'}`;
  const help = most === 1 ? 'the only layer is 1' : `layers are numbered from 1 to ${most}`;
  return {
    code: 'D208',
    most,
    message: (value) => `there is no layer ${value}: ${name} has ${has}`,
    help: most === 0 ? 'measure a model with a decoder, or remove the budget' : help,
  };
}

const noDecoder = (model: string): Limit => ({
  code: 'D217',
  most: 0,
  message: () => `${model} has no \`target\`, because it has no decoder`,
  help: 'remove the argument, or measure a model with a decoder',
});

const limitsOf = (spec: ModelSpec, side: BudgetSide): Readonly<Record<string, Limit | undefined>> => ({
  length: longest('length', spec.name, 'reads', spec.encoder.length),
  target: spec.decoder ? longest('target', spec.name, 'writes', spec.decoder.target) : noDecoder(spec.name),
  layer: layersOf(spec, side),
});

/** The parts that the arguments select. */
function selected(all: Amount, { group = 'all', side = 'both', layer }: Args): Amount {
  if (group === 'all' && side === 'both' && layer === undefined) return all;
  const parts = all.parts
    .filter(({ part }) => group === 'all' || part === `weights.${group}`)
    .filter((part) => side === 'both' || part.side === side)
    .filter((part) => layer === undefined || part.layer === layer - 1);
  return sumOf(parts);
}

/** Computes a quantity. If the model has no such layer, length or quantity, reports an error and returns undefined. */
export function measured(expr: QuantityExpr, to: Measuring): Valued | undefined {
  const spec = to.model(expr.model);
  const args = expr.args as Args;
  const { length, target, batch, precision = 'fp32', device, entry } = args;
  const side = args.side ?? QUANTITIES[expr.name]!.side ?? 'both';
  for (const [name, limit] of Object.entries(limitsOf(spec, side))) {
    const value = expr.args[name];
    if (!limit || typeof value !== 'number' || value <= limit.most) continue;
    const label = { span: expr.argSpans[name] ?? expr.span, text: '' };
    to.report(problem(limit.code, limit.message(value), [label], limit.help));
    return undefined;
  }
  if (entry !== undefined && entry !== 'encode' && !spec.decoder) {
    const label = { span: expr.argSpans.entry ?? expr.span, text: '' };
    const message = `${spec.name} has no entry \`${entry}\`, because it has no decoder`;
    to.report(problem('D217', message, [label], 'write `entry: encode`, or remove the argument'));
    return undefined;
  }
  const lengths: ReportLengths = {
    ...(length !== undefined && { length }),
    ...(target !== undefined && { target }),
    ...(batch !== undefined && { batch }),
  };
  const report = to.measure(spec, lengths);
  const { of, none } = QUANTITY_TABLE[expr.name as QuantityName];
  const all = of({
    report,
    precision,
    footprint: to.footprint,
    ...(device && { device }),
    ...(entry && { entry }),
  });
  if (!all && none !== undefined) {
    const message = `${spec.name} has no \`${expr.name}\`, because ${none}`;
    to.report(problem('D217', message, [{ span: expr.span, text: '' }]));
    return undefined;
  }
  const { total, parts } = selected(all ?? NO_AMOUNT, args);
  const model = spec.name === to.checked ? undefined : spec.name;
  return { value: total, parts: parts.map((part) => ({ ...part, model })) };
}
