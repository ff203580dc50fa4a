/**
 * The rules of a loop (D318). No op infers the types of a loop; the builder of the graph states them.
 *
 *     ins     = [count i64[], start bool[] | absent, ...init]
 *     params  = [iteration i64[], ...state]
 *     outputs = [again bool[], ...state, ...scans]
 *     outs    = [...state, ...scans]
 *
 * A carried value has the same dtype and the same rank everywhere. A length with a symbol may change from one
 * iteration to the next; the interpreter checks such lengths when it runs the loop.
 */
import type { Graph, Node, TensorType } from './graph.ts';
import { sameType, type, typeText } from './graph.ts';

type Typed = TensorType | undefined;

/** Whether two types can be equal at run time: dtype, rank, and every pair of known lengths must be equal. */
const mayAgree = (a: TensorType, b: TensorType): boolean =>
  a.dtype === b.dtype &&
  a.shape.length === b.shape.length &&
  a.shape.every((d, i) => typeof d !== 'number' || typeof b.shape[i] !== 'number' || d === b.shape[i]);

const shown = (t: Typed): string => (t ? typeText(t) : 'absent');

/** Returns a sentence for each rule that a loop breaks. */
export function loopFaults({ ins, outs, region }: Node, types: Graph['types']): readonly string[] {
  if (!region) return ['the loop has no region'];
  const typesOf = (ids: readonly (number | null)[]): readonly Typed[] =>
    ids.map((id) => (id === null ? undefined : types[id]));
  const [count, start, ...init] = typesOf(ins);
  const [iteration, ...state] = typesOf(region.params);
  const [again, ...results] = typesOf(region.outputs);
  const after = typesOf(outs);
  const faults: string[] = [];
  const scalar = (name: string, t: Typed, dtype: 'i64' | 'bool'): void => {
    if (!t || !sameType(t, type(dtype))) faults.push(`${name} is ${shown(t)}, but it must be ${dtype}[]`);
  };
  const counted = (name: string, got: number, want: number): void => {
    if (got !== want) faults.push(`the number of ${name} is ${got}, but it must be ${want}`);
  };

  scalar('the number of iterations', count, 'i64');
  if (ins[1] !== null) scalar('the condition to start', start, 'bool');
  scalar("the iteration's number", iteration, 'i64');
  scalar('the condition to continue', again, 'bool');
  counted('carried parameters of the region', state.length, init.length);
  counted('results of the region', results.length, after.length);
  if (after.length < init.length)
    faults.push(`the loop has ${after.length} results for ${init.length} carried values`);
  if (faults.length > 0) return faults;

  init.forEach((t, i) => {
    const stages = {
      'before the first iteration': t,
      'in the result of an iteration': results[i],
      'after the loop': after[i],
    };
    for (const [stage, other] of Object.entries(stages)) {
      if (state[i] && other && mayAgree(state[i], other)) continue;
      faults.push(`carried value ${i} is ${shown(state[i])} inside but ${shown(other)} ${stage}`);
    }
  });
  after.slice(init.length).forEach((t, i) => {
    const one = results[init.length + i];
    const fits =
      t && one && typeof t.shape[0] === 'string' && mayAgree({ ...t, shape: t.shape.slice(1) }, one);
    if (!fits)
      faults.push(
        `scan ${i} is ${shown(t)}, but it must be ${shown(one)} after a first length that is a symbol`,
      );
  });
  return faults;
}
