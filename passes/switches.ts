/**
 * Switches in environment variables, for people who work on the compiler. The command line gives its environment to
 * `switchesOf`. Passes do not read the environment themselves, so that they also run in a browser.
 */

export interface Switches {
  /** `BENBEN_VERIFY=0` skips the verifier after passes. */
  readonly verify: boolean;
  /** `BENBEN_DUMP=PASS` or `all`: print the graph after that pass, or after every pass that changed it. */
  readonly dump: string | undefined;
}

export const switchesOf = (env: Readonly<Record<string, string | undefined>>): Switches => ({
  verify: env.BENBEN_VERIFY !== '0',
  dump: env.BENBEN_DUMP || undefined,
});

/** Whether `BENBEN_DUMP` requests the graph after this pass. */
export const wantsDump = ({ dump }: Switches, pass: string, changed: boolean): boolean =>
  dump === pass || (dump === 'all' && changed);
