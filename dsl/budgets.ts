/**
 * Resolves `check` blocks: looks up models, quantities and units, and checks that bytes, seconds and counts are not
 * mixed. Budgets are evaluated elsewhere (report/budgets/).
 */
import type { BudgetNode, CheckNode, ExprNode, NameNode, QuantityNode } from './ast.ts';
import type { Diagnostic, Span } from './diagnostics.ts';
import {
  degreeOf,
  MEASURES,
  type Measure,
  measureOf,
  overPowers,
  type Powers,
  powersOf,
  powersText,
  productIn,
  samePowers,
  timesPowers,
} from './measures.ts';
import { group, keepsDigits, UNITS } from './numbers.ts';
import { clip, orList, problem } from './problem.ts';
import { QUANTITIES } from './quantities.ts';
import { readArgs } from './read_kinds.ts';
import { readUnit } from './read_values.ts';
import type { Reading } from './settings.ts';
import type { Budget, BudgetExpr, CheckSpec, ModelSpec } from './spec.ts';
import { helpFor } from './suggest.ts';

export interface Checking extends Reading {
  /** Returns whether the model exists. If it does not exist, this is reported. */
  readonly isModel: (name: NameNode) => boolean;
  readonly models: readonly string[];
  /** The model's spec; undefined after a mistake. */
  readonly spec: (model: string) => ModelSpec | undefined;
}

/** Resolves a check and leaves out budgets with mistakes. Undefined if the model is unknown. */
export function resolveCheck(node: CheckNode, checking: Checking): CheckSpec | undefined {
  const name = node.model;
  const known = name !== undefined && checking.isModel(name);
  const budgets = node.budgets.flatMap((budget) => resolveBudget(budget, name?.text ?? '', checking) ?? []);
  return known ? { model: name.text, budgets, span: node.span } : undefined;
}

/** The models that an expression measures. */
export function modelsIn(expr: BudgetExpr): readonly string[] {
  if (expr.type === 'binary') return [...modelsIn(expr.left), ...modelsIn(expr.right)];
  if (expr.type === 'negate') return modelsIn(expr.operand);
  return expr.type === 'quantity' ? [expr.model] : [];
}

interface Typed {
  readonly expr: BudgetExpr;
  readonly powers: Powers;
  /** Whether the expression consists only of numbers without units. */
  readonly plain: boolean;
  /** Whether the expression is a plain 0, which may be compared with every measure. */
  readonly zero: boolean;
}

function resolveBudget(
  { left, op, right, span }: BudgetNode,
  model: string,
  checking: Checking,
): Budget | undefined {
  const [l, r] = [resolveExpr(left, model, checking), resolveExpr(right, model, checking)];
  if (!l || !r || !alike(l, r, checking) || !isSize(l, checking) || !isSize(r, checking)) return undefined;
  return { left: l.expr, op, right: r.expr, measures: measureOf((l.plain ? r : l).powers), span };
}

function resolveExpr(node: ExprNode, model: string, checking: Checking): Typed | undefined {
  switch (node.type) {
    case 'number': {
      const unit = readUnit(node, 'budgets', checking);
      if (!unit) return undefined;
      if (!Number.isFinite(node.value)) {
        const message = `\`${clip(node.text)}\` is larger than any quantity`;
        checking.report(problem('D203', message, [{ span: node.span, text: '' }], 'write a smaller number'));
        return undefined;
      }
      if (!keepsDigits(node.text, node.value)) {
        const message = `\`${clip(node.text)}\` has more digits than can be stored exactly`;
        checking.report(
          problem('D203', message, [{ span: node.span, text: '' }], 'write 15 digits or fewer'),
        );
        return undefined;
      }
      const expr = {
        type: 'number',
        value: node.value,
        ...(node.unit && { unit: node.unit }),
        span: node.span,
      } as const;
      const plain = unit.measures === undefined;
      return { expr, powers: powersOf(unit.measures ?? 'count'), plain, zero: plain && node.value === 0 };
    }
    case 'quantity':
      return resolveQuantity(node, model, checking);
    case 'negate': {
      const operand = resolveExpr(node.operand, model, checking);
      return operand && { ...operand, expr: { type: 'negate', operand: operand.expr, span: node.span } };
    }
    case 'binary': {
      const [left, right] = [
        resolveExpr(node.left, model, checking),
        resolveExpr(node.right, model, checking),
      ];
      if (!left || !right) return undefined;
      const expr = {
        type: 'binary',
        op: node.op,
        left: left.expr,
        right: right.expr,
        span: node.span,
      } as const;
      const plain = left.plain && right.plain;
      const zero = plain && isZero(node.op, left.zero, right.zero);
      if (node.op === '*') return { expr, powers: timesPowers(left.powers, right.powers), plain, zero };
      if (node.op === '/') return { expr, powers: overPowers(left.powers, right.powers), plain, zero };
      if (!alike(left, right, checking)) return undefined;
      return { expr, powers: (left.plain ? right : left).powers, plain, zero };
    }
  }
}

function isZero(op: '+' | '-' | '*' | '/', left: boolean, right: boolean): boolean {
  if (op === '/') return left;
  return op === '*' ? left || right : left && right;
}

function alike(left: Typed, right: Typed, { report }: Checking): boolean {
  if (left.zero || right.zero || samePowers(left.powers, right.powers)) return true;
  const [bare, other] = left.plain ? [left, right] : [right, left];
  if (bare.plain) {
    // `isSize` reports a product of two measures.
    if (productIn(other.powers)) return true;
    report(unitless(bare, other));
    return false;
  }
  const label = ({ expr, powers }: Typed) => ({ span: expr.span, text: powersText(powers) });
  const [more, less] = degreeOf(left.powers) >= degreeOf(right.powers) ? [left, right] : [right, left];
  const message = `${powersText(more.powers)} and ${powersText(less.powers)} cannot be compared or added`;
  report(problem('D214', message, [label(right), label(left)], billion(left, right) ?? billion(right, left)));
  return false;
}

/** Help for `parameters <= 7B`, where `B` is meant as a billion. */
function billion({ expr }: Typed, { powers }: Typed): string | undefined {
  if (expr.type !== 'number' || expr.unit !== 'B' || !samePowers(powers, powersOf('count'))) return undefined;
  return `\`B\` is a byte; a billion is \`${group(expr.value)}G\``;
}

/** Reports that a number without a unit is compared with bytes or seconds, or added to them. */
function unitless({ expr }: Typed, { expr: other, powers }: Typed): Diagnostic {
  const labels = [
    { span: expr.span, text: 'this has no unit' },
    { span: other.span, text: powersText(powers) },
  ];
  const message = `${powersText(powers)} and a number without a unit cannot be compared or added`;
  const measure = measureOf(powers);
  const units = UNITS.filter((unit) => unit.measures === measure).map(({ name }) => name);
  if (expr.type !== 'number') {
    const help =
      units.length > 0 ? `give one of the numbers in this expression a unit: ${orList(units)}` : undefined;
    return problem('D214', message, labels, help);
  }
  const digits = group(expr.value);
  // `8M` is probably meant as `8MB`.
  const meant = units.filter((name) => name === `${expr.unit?.toUpperCase()}B`);
  const written = (meant.length > 0 ? meant : units).map((name) => `\`${digits}${name}\``);
  const rate = MEASURES.reduce(
    (text, one) =>
      powers[one] > 0 ? `${text}${BASE[one]}` : powers[one] < 0 ? `${text} / 1${BASE[one]}` : text,
    digits,
  );
  return problem(
    'D214',
    message,
    labels,
    `write the unit: ${written.length > 0 ? orList(written) : `\`${rate}\``}`,
  );
}

/** The base unit of each measure. */
const BASE: Readonly<Record<Measure, string>> = { bytes: 'B', seconds: 's' };

/** Reports a product of two measures, such as bytes times seconds. */
function isSize({ expr, powers }: Typed, { report }: Checking): boolean {
  const product = productIn(powers);
  if (!product) return true;
  const label = { span: expr.span, text: powersText(powers) };
  const help = `multiply ${product[0]} by counts only, and write a separate budget for each measure`;
  report(problem('D214', `a product of ${product.join(' and ')} cannot be compared`, [label], help));
  return false;
}

const KNOWN_QUANTITIES = {
  names: Object.keys(QUANTITIES),
  listed: 'there are',
  place: 'quantity',
  some: {
    names: ['parameters', 'macs', 'peak_memory', 'predicted_time'],
    page: '`benben explain D110` lists them all',
  },
} as const;

function resolveQuantity(node: QuantityNode, model: string, checking: Checking): Typed | undefined {
  const { name, args, span } = node;
  const known = node.model === undefined || checking.isModel(node.model);
  const quantity = Object.hasOwn(QUANTITIES, name.text) ? QUANTITIES[name.text] : undefined;
  if (!quantity) {
    const help = checking.models.includes(name.text)
      ? `\`${clip(name.text)}\` is a model; write one of its quantities: \`${clip(name.text)}.parameters\``
      : helpFor(name.text, KNOWN_QUANTITIES);
    const message = `there is no quantity \`${clip(name.text)}\``;
    checking.report(problem('D110', message, [{ span: name.span, text: '' }], help));
    return undefined;
  }
  const values = readArgs(`\`${name.text}\``, quantity.params, args, node, checking, 'word');
  if (!known || !values) return undefined;
  const spans = args.flatMap((argument) => (argument.name ? [[argument.name.text, argument.span]] : []));
  const argSpans = Object.fromEntries(spans) as Readonly<Record<string, Span>>;
  const measured = node.model?.text ?? model;
  const spec = checking.spec(measured);
  const sideless = values.layer !== undefined && values.side === 'both';
  if (sideless && spec?.decoder) {
    const help = `${argSpans.side ? 'write' : 'add'} \`side: encoder\` or \`side: decoder\``;
    const message = argSpans.side
      ? `\`layer\` needs one side, but \`side: both\` selects a layer of each side of ${clip(measured)}`
      : `\`${name.text}\` needs a \`side\` with its \`layer\`, because both sides of ${clip(measured)} have layers`;
    checking.report(problem('D210', message, [{ span: argSpans.layer!, text: '' }], help));
    return undefined;
  }
  const expr = {
    type: 'quantity',
    model: measured,
    name: name.text,
    args: sideless ? { ...values, side: 'encoder' } : values,
    argSpans,
    span,
  } as const;
  return { expr, powers: powersOf(quantity.measures), plain: false, zero: false };
}
