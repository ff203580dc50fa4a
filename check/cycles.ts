/** Finds cycles of nodes by Tarjan's algorithm for strongly connected components, written without recursion. */

/**
 * `reads` lists the names that each node reads, and `producers` gives the node that writes a name. Returns the groups
 * of nodes in which every node depends on every other, and the single nodes that depend on themselves. The nodes of a
 * group are in ascending order.
 */
export function cyclesIn(
  reads: readonly (readonly string[])[],
  producers: ReadonlyMap<string, number>,
): readonly (readonly number[])[] {
  const needs = (node: number): number[] => {
    const found: number[] = [];
    for (const name of reads[node] ?? []) {
      const producer = producers.get(name);
      if (producer !== undefined) found.push(producer);
    }
    return found;
  };
  // The position of each node in the order of visits, counted from 1; 0 if the node has not been visited.
  const order = new Int32Array(reads.length);
  const low = new Int32Array(reads.length);
  const stacked = new Uint8Array(reads.length);
  const stack: number[] = [];
  let visited = 0;
  const cycles: number[][] = [];
  for (let root = 0; root < reads.length; root++) {
    if (order[root] !== 0) continue;
    const work: { node: number; left: number[] }[] = [];
    const enter = (node: number): void => {
      order[node] = ++visited;
      low[node] = visited;
      stack.push(node);
      stacked[node] = 1;
      work.push({ node, left: needs(node) });
    };
    enter(root);
    while (work.length > 0) {
      const { node, left } = work.at(-1)!;
      const next = left.pop();
      if (next !== undefined) {
        if (order[next] === 0) enter(next);
        else if (stacked[next]) low[node] = Math.min(low[node]!, order[next]!);
        continue;
      }
      work.pop();
      const above = work.at(-1)?.node;
      if (above !== undefined) low[above] = Math.min(low[above]!, low[node]!);
      if (low[node] !== order[node]) continue;
      const group = stack.splice(stack.lastIndexOf(node));
      for (const member of group) stacked[member] = 0;
      if (group.length > 1 || needs(node).includes(node)) cycles.push(group.sort((a, b) => a - b));
    }
  }
  return cycles;
}
