/**
 * Groups the digits of an integer in threes: `32_768`, or `32,768` in texts for people. `toLocaleString` is not
 * used, because it first loads tables of languages. That takes 20 ms of the 400 ms that a command takes.
 */
export const grouped = (value: bigint | number | string, separator = '_'): string =>
  String(value).replace(/\B(?=(\d{3})+$)/g, separator);
