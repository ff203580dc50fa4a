/** Formats times, from nanoseconds to years, with three digits. */
const UNITS = [
  [1e-9, 'ns'],
  [1e-6, 'µs'],
  [1e-3, 'ms'],
  [1, 's'],
] as const;

/** Formats a time as `14.5 ms`, or as `3 min 20 s` if it is two minutes or more. */
export function duration(seconds: number): string {
  if (seconds >= 120) {
    const whole = Math.round(seconds);
    const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
    return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`;
  }
  // A value that would round to 1000 of a unit is given in the next unit.
  const [size, unit] = UNITS.find(([one]) => seconds < 999.5 * one) ?? UNITS[3];
  const value = seconds / size;
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${unit}`;
}
