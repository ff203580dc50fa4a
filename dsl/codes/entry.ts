/**
 * One entry of the table of codes: what `benben explain` prints, and what the diagnostics of the code have in common.
 */
export interface CodeEntry {
  readonly title: string;
  /** Why it is a mistake, in a few sentences. */
  readonly cause: string;
  /** What to do. It is the help of diagnostics that have nothing more precise. */
  readonly advice: string;
  readonly severity?: 'warning' | 'note';
  /** A text with only this mistake, and its correction. Tests run both. */
  readonly bad?: string;
  readonly good?: string;
}
