/** One row of the table of codes: what `explain` prints and what every message of the code shares. */
export interface CodeEntry {
  readonly title: string;
  /** Why it is a mistake, in a few sentences. */
  readonly cause: string;
  /** What to write instead; a message's help where that place has nothing more precise to say. */
  readonly advice: string;
  readonly severity?: 'warning' | 'note';
  /** A text with exactly this one mistake, and the same text put right; tests run both. */
  readonly bad?: string;
  readonly good?: string;
}
