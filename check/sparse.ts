/** Sparse tensors, which have a vector of values and an index for each value. Source: onnx.proto, SparseTensorProto. */

import type { SparseTensor, Tensor } from '../compiler/onnx/model.ts';
import { numbersOf } from './infer/constants.ts';
import { counted, shown } from './rule.ts';
import { type Part, whereNode } from './scopes.ts';
import { DT, dtypeText, elementsOf } from './sizes.ts';

interface PlacedSparse {
  readonly sparse: SparseTensor;
  readonly where: string;
  readonly called: string;
}

export function* sparseIn(parts: readonly Part[]): Generator<PlacedSparse> {
  for (const part of parts) {
    const { where, graph, nodes } = part;
    for (const sparse of graph?.sparseInitializer ?? [])
      yield { sparse, where, called: `sparse initializer '${shown(sparse.values?.name)}'` };
    for (const [i, { attribute }] of nodes.entries()) {
      for (const { name, sparseTensor, sparseTensors } of attribute) {
        const called = `attribute '${shown(name)}'`;
        for (const sparse of sparseTensor ? [sparseTensor, ...sparseTensors] : sparseTensors)
          yield { sparse, where: whereNode(part, i), called };
      }
    }
  }
}

/** What is wrong with a sparse tensor: the words that follow its name in the message. */
export function sparseMisfit({ values, indices, dims }: SparseTensor): string | undefined {
  const elements = elementsOf(dims);
  if (!values) return 'has no values';
  if (values.dims.length !== 1) return `has values of ${counted(values.dims.length, 'dim')} instead of 1`;
  if (dims.length === 0) return 'has no dims';
  if (dims.some((d) => d <= 0))
    return `has the dims [${dims.slice(0, 8).join(', ')}], but each dim must be at least 1`;
  const count = values.dims[0]!;
  if (!indices) return count === 0 ? undefined : `has ${counted(count, 'value')} but no indices`;
  if (indices.dataType !== DT.int64) return `has indices of ${dtypeText(indices.dataType)} instead of int64`;
  const [length, width = 0] = indices.dims;
  if (indices.dims.length !== 1 && (indices.dims.length !== 2 || width !== dims.length))
    return `has indices of shape [${indices.dims.slice(0, 8).join(', ')}], but ${counted(dims.length, 'dim')} need the shape [n] or [n, ${dims.length}]`;
  if (length !== count)
    return `has ${counted(count, 'value')} but ${length === 1 ? '1 index' : `${length} indices`}`;
  return elements === undefined ? undefined : misplaced(indices, dims, elements);
}

/** Describes the first index that is outside the dims or out of order. Indices that were not read are not checked. */
function misplaced(indices: Tensor, dims: readonly number[], elements: number): string | undefined {
  const [count = 0, width = 1] = indices.dims;
  const numbers = numbersOf(indices, count * width) ?? [];
  const sizes = indices.dims.length === 1 ? [elements] : dims;
  let before = -1;
  for (let i = 0; i < numbers.length; i += width) {
    const index = numbers.slice(i, i + width);
    const text = index.join(', ');
    if (index.some((at, axis) => at < 0 || at >= sizes[axis]!))
      return `has the index ${text}, which is not within [${sizes.join(', ')}]`;
    const flat = index.reduce((sum, at, axis) => sum * sizes[axis]! + at, 0);
    if (flat <= before) return `has the index ${text}, which is not larger than the index before it`;
    before = flat;
  }
  return undefined;
}
