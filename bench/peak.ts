/** Peak memory of a child process, measured by itself: run node with `--import PEAK_PROBE`. */

/**
 * A module that prints `peak KIB` on stderr at exit. Linux counts the parent's memory into maxRSS, since a
 * child begins as its copy; VmHWM begins anew with the program.
 */
const script = `
import { readFileSync } from 'node:fs';
process.on('exit', () => {
  let kib = process.resourceUsage().maxRSS;
  try {
    kib = /VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
  } catch {}
  process._rawDebug('peak ' + kib);
});
`;

export const PEAK_PROBE = `data:text/javascript,${encodeURIComponent(script)}`;

/** MiB, out of what the child wrote to stderr. */
export const peakIn = (stderr: string): number => Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024;
