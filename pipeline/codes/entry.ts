/** The entry of a diagnostic code, as `benben explain` prints it. */
export interface CodeEntry {
  readonly code: string;
  readonly title: string;
  /** Why the problem occurs. */
  readonly cause: string;
  /** What the user can do about it. */
  readonly fix: string;
}

export type CodeTable = Readonly<Record<string, Omit<CodeEntry, 'code'>>>;
