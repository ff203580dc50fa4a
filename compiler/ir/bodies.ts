/** Caches results that depend only on the body of a composite, because most layers of a model have the same ops. */
import { bodyOf, keyOf } from './build.ts';
import type { Attrs, Graph, TensorType } from './graph.ts';
import type { Op } from './op.ts';

/** A function of a composite, its input types and its attributes, which caches its results. */
export type PerBody<T> = (op: Op, ins: readonly (TensorType | null)[], attrs: Attrs) => T;

/** `make` computes the result from the body, once for each combination of op, input types and attributes. */
export function perBody<T>(make: (body: Graph) => T): PerBody<T> {
  const known = new Map<string, { readonly value: T }>();
  return (op, ins, attrs) => {
    const key = keyOf([op.name, ins, attrs]);
    const found = known.get(key) ?? { value: make(bodyOf(op, ins, attrs).graph) };
    known.set(key, found);
    return found.value;
  };
}
