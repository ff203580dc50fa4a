/** Finds the number of iterations of loops that nothing ends earlier, as far as constants in the file determine it. */
import type { Attribute, Node, Tensor } from '../compiler/onnx/model.ts';
import { numbersOf } from './infer/constants.ts';
import { domainOf } from './schema.ts';

/** Finds the node or the tensor that defines a name, in a list of nodes or in the lists around it. */
export type Surroundings = (name: string) => Node | Tensor | undefined;

/** The surroundings of the nodes of a body. The nodes around it stay where they are, because a file can have many bodies. */
export function surroundingsOf(
  nodes: readonly Node[],
  tensors: readonly Tensor[],
  around?: Surroundings,
): Surroundings {
  let own: Map<string, Node | Tensor> | undefined;
  return (name) => {
    own ??= new Map<string, Node | Tensor>([
      ...tensors.map((tensor) => [tensor.name ?? '', tensor] as const),
      ...nodes.flatMap((node) => node.output.map((output) => [output, node] as const)),
    ]);
    return own.get(name) ?? around?.(name);
  };
}

const isNode = (found: Node | Tensor): found is Node => 'output' in found;

/** The longest chain of `Identity` nodes that is followed. */
const LONGEST_CHAIN = 64;

/** The name that a value is a copy of. */
function originOf(name: string, around: Surroundings): string {
  let at = name;
  for (let i = 0; i < LONGEST_CHAIN; i++) {
    const found = around(at);
    if (!found || !isNode(found) || found.opType !== 'Identity' || domainOf(found.domain) !== '') return at;
    at = found.input[0] ?? '';
  }
  return at;
}

const attribute = ({ attribute: all }: Node, named: string): Attribute | undefined =>
  all.find(({ name }) => name === named);

/** The number that a name stands for, if it is a constant in the file. */
function constantIn(name: string, around: Surroundings): number | undefined {
  const found = around(originOf(name, around));
  if (!found) return undefined;
  if (!isNode(found)) return numbersOf(found, 1)?.[0];
  if (found.opType !== 'Constant' || domainOf(found.domain) !== '') return undefined;
  const tensor = attribute(found, 'value')?.t;
  const list = attribute(found, 'value_ints')?.ints;
  return tensor
    ? numbersOf(tensor, 1)?.[0]
    : (attribute(found, 'value_int')?.i ?? (list?.length === 1 ? list[0] : undefined));
}

/**
 * The number of iterations of a `Loop` whose condition is always true. Undefined for other nodes, for loops that a
 * computed condition may end, and for loops whose trip count is not a constant in the file.
 */
export function endlessTrips(node: Node, around: Surroundings): number | undefined {
  if (node.opType !== 'Loop' || domainOf(node.domain) !== '') return undefined;
  const body = attribute(node, 'body')?.g;
  if (!body) return undefined;
  const [count = '', condition = ''] = node.input;
  const trips = count === '' ? Number.POSITIVE_INFINITY : constantIn(count, around);
  if (trips === undefined || (condition !== '' && constantIn(condition, around) !== 1)) return undefined;
  const inside = surroundingsOf(body.node, body.initializer, around);
  const more = originOf(body.output[0]?.name ?? '', inside);
  // The body passes its own condition on, or a constant.
  const goesOn = more === body.input[1]?.name || constantIn(more, inside) === 1;
  return goesOn ? trips : undefined;
}
