/** A piece of a report for people: tables that each format lays out in its own way. */

export interface Section {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns of numbers. */
  readonly right: readonly number[];
  /** Columns of formulas, which no format may take for its own signs. */
  readonly code?: readonly number[];
  /** Whether the last row is the sum of the others. */
  readonly summed?: boolean;
  /** A value for each row that is drawn as a bar where there are characters for it. */
  readonly bars?: readonly bigint[];
  /** Sentences below. */
  readonly notes?: readonly string[];
}

export interface ModelSections {
  readonly name: string;
  readonly path: string;
  /** Sentences below the name. */
  readonly about: readonly string[];
  readonly sections: readonly Section[];
}

/** A document's tables: what compares its models, and what is said of each. */
export interface Sections {
  readonly comparison: Section | null;
  readonly models: readonly ModelSections[];
}
