/** The tables of a report that people read. Each format arranges the tables in its own way. */

export interface Section {
  readonly title: string;
  readonly head: readonly string[];
  /** Titles above the head, each over some columns. Columns before the first group have no title. */
  readonly groups?: readonly { readonly title: string; readonly columns: number }[];
  readonly rows: readonly (readonly string[])[];
  /** Columns of numbers, which are aligned at the right. */
  readonly right: readonly number[];
  /** Columns of formulas. A format must escape them, so that they are not read as markup. */
  readonly code?: readonly number[];
  /** The rows that only comment on the row before them. */
  readonly asides?: readonly number[];
  /** Whether the last row is the sum of the other rows. */
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

/** All tables of a report: the comparison of the models, and the tables of each model. */
export interface Sections {
  readonly comparison: Section | null;
  readonly models: readonly ModelSections[];
}
