/** Which benchmarks the arguments of `npm run bench` name. */

/** The names to run: those of the arguments or, without arguments, the `usual` ones; or what is wrong with them. */
export function chosen(
  args: readonly string[],
  usual: readonly string[],
  named: readonly string[],
): { readonly names: readonly string[] } | { readonly wrong: string } {
  const all = [...usual, ...named];
  const unknown = args.find((name) => !all.includes(name));
  if (unknown !== undefined)
    return { wrong: `there is no benchmark '${unknown}'; the benchmarks are ${all.join(', ')}` };
  return { names: args.length > 0 ? args : usual };
}
