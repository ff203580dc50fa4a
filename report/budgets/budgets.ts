/**
 * Evaluates `check` blocks: every budget is computed exactly from the model's report. A broken budget yields a
 * diagnostic. It gives the difference between the two sides, and the part that contributes most to the larger side.
 */
import type { Diagnostic, Outcome, Source, Span } from '../../dsl/diagnostics.ts';
import { UNITS } from '../../dsl/numbers.ts';
import { inOrderAndFew, problem } from '../../dsl/problem.ts';
import type { Budget, BudgetExpr, ModelSpec, Program } from '../../dsl/spec.ts';
import {
  add,
  compare,
  divide,
  fromDecimal,
  magnitude,
  multiply,
  negate,
  type Rational,
  subtract,
  whole,
} from '../algebra/fractions.ts';
import type { ReportLengths } from '../measured.ts';
import type { Footprint } from '../memory/held.ts';
import { layersProblem } from '../most_layers.ts';
import { type ModelReport, reportOf } from '../report.ts';
import { type Measuring, measured, type Valued } from './budget_quantity.ts';
import { adviceText, type BudgetPart, distanceText, distinctText, valueText } from './budget_text.ts';

/** One side of a budget. */
export interface Side {
  readonly value: Rational;
  readonly text: string;
}

export interface BudgetResult {
  readonly model: string;
  /** The text of the budget in the source. */
  readonly text: string;
  readonly span: Span;
  readonly holds: boolean;
  /** What both sides measure. */
  readonly measures: Budget['measures'];
  readonly left: Side;
  readonly right: Side;
}

interface Evaluating extends Measuring {
  /** The source's text at a span. */
  readonly text: (span: Span) => string;
}

/** Numbers with more bits are refused, because their fractions are slow to reduce and no budget needs them. */
const MOST_BITS = 4096n;
const isLong = ({ numerator, denominator }: Rational): boolean =>
  magnitude(whole(numerator)).numerator >> MOST_BITS > 0n || denominator >> MOST_BITS > 0n;

const scaled = (parts: readonly BudgetPart[], by: Rational): readonly BudgetPart[] =>
  parts.map((part) => ({ ...part, amount: multiply(part.amount, by) }));

type Operator = (l: Valued, r: Valued) => Valued | undefined;

/** The operators. A division by zero gives undefined. A product of two quantities has the parts of the first quantity. */
const OPERATORS: Readonly<Record<'+' | '-' | '*' | '/', Operator>> = {
  '+': (l, r) => ({
    value: add(l.value, r.value),
    parts: [...l.parts, ...r.parts],
  }),
  '-': (l, r) => ({
    value: subtract(l.value, r.value),
    parts: [...l.parts, ...scaled(r.parts, whole(-1))],
  }),
  '*': (l, r) => ({
    value: multiply(l.value, r.value),
    parts: l.parts.length > 0 ? scaled(l.parts, r.value) : scaled(r.parts, l.value),
  }),
  '/': (l, r) => {
    const inverse = divide(whole(1), r.value);
    return inverse && { value: multiply(l.value, inverse), parts: scaled(l.parts, inverse) };
  },
};

/** Whether the value is the same for every model. */
function isConstant(expr: BudgetExpr): boolean {
  if (expr.type === 'binary') return isConstant(expr.left) && isConstant(expr.right);
  return expr.type === 'negate' ? isConstant(expr.operand) : expr.type === 'number';
}

function evaluate(expr: BudgetExpr, to: Evaluating): Valued | undefined {
  switch (expr.type) {
    case 'number': {
      const unit = UNITS.find(({ name }) => name === expr.unit);
      const factor = fromDecimal(String(unit?.factor ?? 1));
      return { value: multiply(fromDecimal(String(expr.value)), factor), parts: [] };
    }
    case 'negate': {
      const operand = evaluate(expr.operand, to);
      return (
        operand && {
          ...operand,
          value: negate(operand.value),
          parts: scaled(operand.parts, whole(-1)),
        }
      );
    }
    case 'binary': {
      const [left, right] = [evaluate(expr.left, to), evaluate(expr.right, to)];
      if (!left || !right) return undefined;
      const result = OPERATORS[expr.op](left, right);
      const where = (span: Span) => [{ span, text: '' }];
      if (!result)
        to.report(
          problem(
            'D216',
            `division by zero: \`${to.text(expr.right.span)}\` is 0`,
            where(expr.right.span),
            isConstant(expr.right) ? 'it is 0 for every model; divide by another number' : undefined,
          ),
        );
      else if (isLong(result.value)) {
        const help = 'write an expression whose value has fewer digits';
        to.report(problem('D203', 'the value has too many digits', where(expr.span), help));
        return undefined;
      } else if (result.parts.some(({ amount }) => isLong(amount))) {
        // The value may stay short, even 0, while the parts that add up to it become longer.
        const help = 'multiply and divide by numbers with fewer digits';
        const message = 'the parts that add up to this value have too many digits';
        to.report(problem('D203', message, where(expr.span), help));
        return undefined;
      }
      return result;
    }
    case 'quantity':
      return measured(expr, to);
  }
}

const HOLDS: Readonly<Record<Budget['op'], (order: -1 | 0 | 1) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '==': (order) => order === 0,
};

/** How the left side of a broken budget compares with the right. */
const RELATION = { '-1': 'less than', '0': 'equal to', '1': 'more than' } as const;

const MOST_TEXT = 80;

function oneLine(text: string): string {
  const line = text
    .replace(/\/\/.*$/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > MOST_TEXT ? `${line.slice(0, MOST_TEXT - 1)}…` : line;
}

const bare = (text: string): string => text.replace('≈ ', '');

function broken(budget: Budget, result: BudgetResult, left: Valued, right: Valued): Diagnostic {
  const order = compare(left.value, right.value);
  const off = magnitude(subtract(left.value, right.value));
  const { measures } = budget;
  const by = order === 0 ? '' : `, by ${distanceText(off, magnitude(right.value), measures)}`;
  const [l, r] =
    order !== 0 && bare(result.left.text) === bare(result.right.text)
      ? [left, right].map(({ value }) => distinctText(value, off, measures))
      : [result.left.text, result.right.text];
  const message = `\`${result.text}\` does not hold for ${result.model}: ${l} is ${RELATION[order]} ${r}${by}`;
  const greater = order < 0 ? right : left;
  const advice = adviceText(greater.parts, greater.value, measures);
  return problem('D215', message, [{ span: budget.span, text: '' }], advice);
}

/** The names of the models that budgets measure. */
function measuredModels(checks: Program['checks']): readonly string[] {
  const names = new Set<string>();
  const visit = (expr: BudgetExpr): void => {
    if (expr.type === 'quantity') names.add(expr.model);
    if (expr.type === 'negate') visit(expr.operand);
    if (expr.type !== 'binary') return;
    visit(expr.left);
    visit(expr.right);
  };
  for (const { budgets } of checks)
    for (const { left, right } of budgets) {
      visit(left);
      visit(right);
    }
  return [...names];
}

/**
 * Evaluates every budget of a file, in order. A budget that cannot be computed is reported as an error and has no
 * result. A broken budget is also reported as an error, but its result is in the value.
 */
export function evaluateBudgets(
  program: Program,
  source: Source,
  footprint: Footprint,
): Outcome<readonly BudgetResult[]> {
  const steps = budgetSteps(program, source, footprint);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Like `evaluateBudgets`, but yields before each budget, so that the caller can show progress. */
export function* budgetSteps(
  { models, checks }: Program,
  source: Source,
  footprint: Footprint,
): Generator<void, Outcome<readonly BudgetResult[]>, void> {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
  const known = new Map<string, ModelReport>();
  const measure = (spec: ModelSpec, lengths: ReportLengths): ModelReport => {
    const key = [spec.name, lengths.length, lengths.target, lengths.batch].join();
    const found = known.get(key) ?? reportOf(spec, lengths);
    known.set(key, found);
    return found;
  };
  const textAt = ({ start, end }: Span): string => oneLine(source.text.slice(start, end));
  const model = (name: string): ModelSpec => models.find((spec) => spec.name === name)!;
  const tooMany = layersProblem(measuredModels(checks).map(model), 'measure fewer models in one file');
  if (tooMany) return { value: [], diagnostics: [tooMany] };
  const results: BudgetResult[] = [];
  for (const { model: checked, budgets } of checks) {
    const to: Evaluating = { checked, text: textAt, report, model, measure, footprint };
    for (const budget of budgets) {
      yield;
      const [left, right] = [evaluate(budget.left, to), evaluate(budget.right, to)];
      if (!left || !right) continue;
      const side = ({ value }: Valued): Side => ({ value, text: valueText(value, budget.measures) });
      const holds = HOLDS[budget.op](compare(left.value, right.value));
      const result: BudgetResult = {
        model: checked,
        text: textAt(budget.span),
        span: budget.span,
        holds,
        measures: budget.measures,
        left: side(left),
        right: side(right),
      };
      if (!holds) report(broken(budget, result, left, right));
      results.push(result);
    }
  }
  return { value: results, diagnostics: inOrderAndFew(diagnostics) };
}
