/** The tables of a report for people. Each format lays them out in its own way. */

export interface Section {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns of numbers, which are aligned at the right. */
  readonly right: readonly number[];
  /** Columns of formulas, which a format must not read as its own markup. */
  readonly code?: readonly number[];
  /** Whether the last row is the sum of the others. */
  readonly summed?: boolean;
  /** A value for each row, which the text format draws as a bar. */
  readonly bars?: readonly bigint[];
  /** Sentences below the table. */
  readonly notes?: readonly string[];
}

export interface ModelSections {
  readonly name: string;
  readonly path: string;
  /** Sentences below the name. */
  readonly about: readonly string[];
  readonly sections: readonly Section[];
}

/** All tables of a report: the comparison of the models, and those of each model. */
export interface Sections {
  readonly comparison: Section | null;
  readonly models: readonly ModelSections[];
}
