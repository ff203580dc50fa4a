/** Identities: of functions, and of the versions that domains are imported in. */
import type { Import, LocalFunction, Node } from '../compiler/onnx/model.ts';
import { domainOf } from './schema.ts';

export const importsIn = (imports: readonly Import[]): ReadonlyMap<string, number> =>
  new Map(imports.map(({ domain, version }) => [domainOf(domain), version ?? 0]));

/** Of a function, and of the nodes that call it. */
export const functionKey = (domain?: string, name?: string, overload?: string): string =>
  `${domainOf(domain)}\0${name ?? ''}\0${overload ?? ''}`;

/** The function that a node calls, if it calls one; most models have none, and many nodes. */
export const calledBy = (
  { domain, opType, overload }: Node,
  functions: ReadonlyMap<string, LocalFunction>,
): LocalFunction | undefined =>
  functions.size === 0 ? undefined : functions.get(functionKey(domain, opType, overload));
