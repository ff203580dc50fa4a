/**
 * One entry of the table of codes: what `benben explain` prints, and what the diagnostics of the code have in common.
 */
export interface CodeEntry {
  readonly title: string;
  /** Why it is a mistake, in a few sentences. */
  readonly cause: string;
  /** What the author can do. It is the help of diagnostics that have no more precise help. */
  readonly advice: string;
  readonly severity?: 'warning' | 'note';
  /** A text with only this mistake, and its correction. Tests run both. */
  readonly bad?: string;
  readonly good?: string;
}
