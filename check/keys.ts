/** Keys that identify functions, and the versions in which domains are imported. */
import type { Import, LocalFunction, Node } from '../compiler/onnx/model.ts';
import { domainOf } from './schema.ts';

export const importsIn = (imports: readonly Import[]): ReadonlyMap<string, number> =>
  new Map(imports.map(({ domain, version }) => [domainOf(domain), version ?? 0]));

/** The key of a function. The nodes that call it have the same key. */
export const functionKey = (domain?: string, name?: string, overload?: string): string =>
  `${domainOf(domain)}\0${name ?? ''}\0${overload ?? ''}`;

/** The function that a node calls, if any. Most models have no functions, and then no key is computed. */
export const calledBy = (
  { domain, opType, overload }: Node,
  functions: ReadonlyMap<string, LocalFunction>,
): LocalFunction | undefined =>
  functions.size === 0 ? undefined : functions.get(functionKey(domain, opType, overload));
