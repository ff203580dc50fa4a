/** Nodes that need each other: Tarjan's strongly connected components, without recursion. */

/**
 * `reads`: for each node the names that it reads. `producers`: the node of a name. Gives groups of nodes, each in
 * ascending order, where every node needs every other, or one that needs itself.
 */
export function cyclesIn(
  reads: readonly (readonly string[])[],
  producers: ReadonlyMap<string, number>,
): readonly (readonly number[])[] {
  const needs = (node: number): number[] =>
    (reads[node] ?? []).map((name) => producers.get(name)).filter((p) => p !== undefined);
  const order = new Map<number, number>();
  const low = new Map<number, number>();
  const stack: number[] = [];
  const stacked = new Set<number>();
  const cycles: number[][] = [];
  for (let root = 0; root < reads.length; root++) {
    if (order.has(root)) continue;
    const work: { node: number; left: number[] }[] = [];
    const enter = (node: number): void => {
      order.set(node, order.size);
      low.set(node, order.get(node)!);
      stack.push(node);
      stacked.add(node);
      work.push({ node, left: needs(node) });
    };
    enter(root);
    while (work.length > 0) {
      const { node, left } = work.at(-1)!;
      const next = left.pop();
      if (next !== undefined) {
        if (!order.has(next)) enter(next);
        else if (stacked.has(next)) low.set(node, Math.min(low.get(node)!, order.get(next)!));
        continue;
      }
      work.pop();
      const above = work.at(-1)?.node;
      if (above !== undefined) low.set(above, Math.min(low.get(above)!, low.get(node)!));
      if (low.get(node) !== order.get(node)) continue;
      const group = stack.splice(stack.lastIndexOf(node));
      for (const member of group) stacked.delete(member);
      if (group.length > 1 || needs(node).includes(node)) cycles.push(group.sort((a, b) => a - b));
    }
  }
  return cycles;
}
