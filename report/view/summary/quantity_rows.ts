/** The rows of a table with a line for each model, and below it how many times as much the model of `--against` takes. */
import type { SummarizedModel } from '../../document.ts';
import type { ModelReport } from '../../report.ts';
import { REPORT_QUANTITIES, type ReportQuantity } from '../../reported.ts';
import { bytes, short, times } from '../numbers.ts';
import { shorten } from '../table.ts';

/** A column of a table of models. */
export interface ModelColumn {
  readonly head: string;
  readonly cell: (model: SummarizedModel) => string;
  /** How many times as much the other model takes; empty if that is unknown. */
  readonly ratio: (model: SummarizedModel) => string;
}

export interface ModelRows {
  readonly rows: readonly (readonly string[])[];
  /** The rows with ratios. */
  readonly asides: readonly number[];
}

/** Longer names of models are shortened. */
const NAME = 28;
export const nameOf = ({ name }: ModelReport): string => shorten(name, NAME);

const quantityNamed = (name: string): ReportQuantity => REPORT_QUANTITIES.find((one) => one.name === name)!;

/** A column for a quantity of the report, by its name in `--json`. */
export function quantityColumn(name: string, head: string): ModelColumn {
  const quantity = quantityNamed(name);
  const text = quantity.measures === 'bytes' ? bytes : short;
  return {
    head,
    cell: ({ report }) => {
      const value = quantity.count(report);
      return value === null ? '–' : text(value);
    },
    ratio: ({ ratios }) => {
      const ratio = ratios?.ratios.find((one) => one.quantity.name === name)?.ratio;
      return ratio ? `${times(ratio)}×` : '';
    },
  };
}

/** A column that is not compared. */
export const plainColumn = (head: string, cell: ModelColumn['cell']): ModelColumn => ({
  head,
  cell,
  ratio: () => '',
});

/** Leaves out a column in which no model has a value. */
export const withValues = (
  columns: readonly ModelColumn[],
  models: readonly SummarizedModel[],
): readonly ModelColumn[] => columns.filter(({ cell }) => models.some((model) => cell(model) !== '–'));

export function modelRows(models: readonly SummarizedModel[], columns: readonly ModelColumn[]): ModelRows {
  const rows: string[][] = [];
  const asides: number[] = [];
  for (const model of models) {
    rows.push([nameOf(model.report), ...columns.map(({ cell }) => cell(model))]);
    if (!model.ratios) continue;
    asides.push(rows.length);
    rows.push([
      `  ${shorten(model.ratios.against, NAME - 8)} takes`,
      ...columns.map(({ ratio }) => ratio(model)),
    ]);
  }
  return { rows, asides };
}
