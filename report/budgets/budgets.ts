/**
 * `check` blocks, evaluated: every statement about a model computed exactly from its report. A broken one is a
 * diagnostic that says by how much, and what contributes most to the side that is too large.
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
import { type ModelReport, reportOf } from '../report.ts';
import { type Measuring, measured, type Valued } from './budget_quantity.ts';
import { adviceText, type BudgetPart, distanceText, textToTell, valueText } from './budget_text.ts';

/** One side of a budget. */
export interface Side {
  readonly value: Rational;
  readonly text: string;
}

export interface BudgetResult {
  readonly model: string;
  /** As it stands in the source. */
  readonly text: string;
  readonly span: Span;
  readonly holds: boolean;
  /** Both sides. */
  readonly measures: Budget['measures'];
  readonly left: Side;
  readonly right: Side;
}

interface Evaluating extends Measuring {
  /** What stands there in the source. */
  readonly text: (span: Span) => string;
}

/** Numbers of more bits are nobody's budget, and slow to reduce. */
const MOST_BITS = 4096n;
const isLong = ({ numerator, denominator }: Rational): boolean =>
  magnitude(whole(numerator)).numerator >> MOST_BITS > 0n || denominator >> MOST_BITS > 0n;

const scaled = (parts: readonly BudgetPart[], by: Rational): readonly BudgetPart[] =>
  parts.map((part) => ({ ...part, amount: multiply(part.amount, by) }));

type Operator = (l: Valued, r: Valued) => Valued | undefined;

/** Undefined for a division by zero. A product of two quantities is told by the parts of the first. */
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

/** Whether no model has a say in it. */
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
            `\`${to.text(expr.right.span)}\` is 0, and something is divided by it`,
            where(expr.right.span),
            isConstant(expr.right) ? 'it is 0 for every model: divide by another number' : undefined,
          ),
        );
      else if (isLong(result.value)) {
        const help = 'no budget needs so many digits; write a shorter expression';
        to.report(problem('D203', 'the value of this is too long a number', where(expr.span), help));
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

/** Of a broken budget, how its sides stand to each other. */
const RELATION = { '-1': 'less than', '0': 'as much as', '1': 'more than' } as const;

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
      ? [left, right].map(({ value }) => textToTell(value, off, measures))
      : [result.left.text, result.right.text];
  const message = `\`${result.text}\` does not hold for ${result.model}: ${l} is ${RELATION[order]} ${r}${by}`;
  const greater = order < 0 ? right : left;
  const advice = adviceText(greater.parts, greater.value, measures);
  return problem('D215', message, [{ span: budget.span, text: '' }], advice);
}

/**
 * Every budget of a file, in order; one that cannot be computed is told of and left out. Diagnostics of broken
 * ones are errors, and the value is there all the same.
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

/** The same, one budget at a time, for whoever has something to do in between. */
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
        ...{ model: checked, text: textAt(budget.span), span: budget.span, holds },
        ...{ measures: budget.measures, left: side(left), right: side(right) },
      };
      if (!holds) report(broken(budget, result, left, right));
      results.push(result);
    }
  }
  return { value: results, diagnostics: inOrderAndFew(diagnostics) };
}
