/**
 * A graph as it runs: composites that have no kernel are replaced by their bodies. ONNX Runtime plans memory for this
 * graph, after it has expanded functions.
 */
import { perBody } from '../../compiler/ir/bodies.ts';
import type { Graph, Node, TensorType, ValueId } from '../../compiler/ir/graph.ts';
import { onceFor } from '../../compiler/ir/memo.ts';
import { isComposite, type Op } from '../../compiler/ir/op.ts';

export interface FlatNode extends Node {
  /** The node of the graph whose body contains this node, or the node itself. */
  readonly of: Node;
  /** The nodes of this node's region. */
  readonly inner?: readonly FlatNode[];
}

export interface Flat {
  readonly nodes: readonly FlatNode[];
  readonly types: Readonly<Record<ValueId, TensorType>>;
  readonly outputs: readonly ValueId[];
  /** The node that makes each value, except values in regions. */
  readonly producers: ReadonlyMap<ValueId, FlatNode>;
}

const hasKernel = (op: Op, node: Node): boolean =>
  isComposite(op) && !op.onnxFunction && Object.hasOwn(op.kernels?.forms ?? {}, node.attrs.kernel as string);

type Ops = Readonly<Record<string, Op>>;

const flattenWith = onceFor((ops: Ops) => onceFor((graph: Graph) => flattened(graph, ops)));

export const flatten = (graph: Graph, ops: Ops): Flat => flattenWith(ops)(graph);

function flattened(graph: Graph, ops: Ops): Flat {
  const types: Record<ValueId, TensorType> = { ...graph.types };
  let next = Object.keys(types).reduce((most, id) => Math.max(most, Number(id)), -1) + 1;
  /** The ids in the flat graph for the values of a body. */
  type Names = Map<ValueId, ValueId>;
  const nameIn = (names: Names, id: ValueId): ValueId => names.get(id) ?? id;

  const bodies = perBody((body) => body);
  const bodyFor = (op: Op, ins: Node['ins'], { attrs }: Node): Graph => {
    const given = ins.map((id) => (id === null ? null : types[id]!));
    return bodies(op, given, attrs);
  };

  const flat = (nodes: readonly Node[], names: Names, within: Graph, of?: Node): FlatNode[] =>
    nodes.flatMap((node) => {
      const op = ops[node.op]!;
      const ins = node.ins.map((id) => (id === null ? null : nameIn(names, id)));
      if (isComposite(op) && !hasKernel(op, node)) {
        const body = bodyFor(op, ins, node);
        const given = ins.filter((id) => id !== null);
        const inside: Names = new Map(body.inputs.map(({ id }, i) => [id, given[i]!]));
        const made = flat(body.nodes, inside, body, of ?? node);
        node.outs.forEach((id, i) => void names.set(id, nameIn(inside, body.outputs[i]!.id)));
        return made;
      }
      const rename = (id: ValueId): ValueId => {
        if (within === graph) return id;
        types[next] = within.types[id]!;
        names.set(id, next);
        return next++;
      };
      const params = node.region?.params.map(rename);
      const inner = node.region && flat(node.region.nodes, names, within, of);
      const outs = node.outs.map(rename);
      const region = node.region && {
        params: params!,
        nodes: inner!,
        outputs: node.region.outputs.map((id) => nameIn(names, id)),
      };
      return [{ ...node, ins, outs, ...(region && { region, inner: inner! }), of: of ?? node }];
    });

  const names: Names = new Map();
  const nodes = flat(graph.nodes, names, graph);
  const producers = new Map(nodes.flatMap((node) => node.outs.map((id) => [id, node] as const)));
  return { nodes, types, outputs: graph.outputs.map(({ id }) => nameIn(names, id)), producers };
}
