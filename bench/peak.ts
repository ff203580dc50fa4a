/** Makes a child process measure its own peak memory, if Node is started with `--import PEAK_PROBE`. */

/**
 * A module that prints `peak KIB` on stderr at exit. On Linux it reads VmHWM, which is reset when the program starts.
 * maxRSS also includes the parent's memory, because a child process begins as a copy of its parent.
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

/** The peak in MiB, from the child's stderr. */
export const peakIn = (stderr: string): number => Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024;
