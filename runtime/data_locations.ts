/** The data files that the tensors of a model name, wherever the tensors are: in graphs, bodies, functions or attributes. */
import type { FileFact } from '../check/index.ts';
import type { Common } from '../compiler/onnx/model.ts';
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { fileBeside } from './beside.ts';
import { pointerIn } from './files.ts';
import { LARGEST_POINTER } from './lfs_pointer.ts';

/** The locations of all data files, without duplicates. */
export function dataLocations({ graph, functions, trainingInfo }: Common<'ModelProto'>): readonly string[] {
  const found = new Set<string>();
  const add = (tensor: Common<'TensorProto'> | undefined): void => {
    const entry = tensor?.externalData?.find(({ key }) => key === 'location');
    if (entry?.value) found.add(entry.value);
  };
  const sparse = (tensor: Common<'SparseTensorProto'> | undefined): void => {
    add(tensor?.values);
    add(tensor?.indices);
  };
  const graphs: (Common<'GraphProto'> | undefined)[] = [graph];
  for (const part of trainingInfo ?? []) graphs.push(part.initialization, part.algorithm);
  const nodesIn = (nodes: readonly Common<'NodeProto'>[] = []): void => {
    for (const { attribute } of nodes) {
      for (const { t, tensors, sparseTensor, sparseTensors, g, graphs: inner } of attribute ?? []) {
        add(t);
        for (const one of tensors ?? []) add(one);
        sparse(sparseTensor);
        for (const one of sparseTensors ?? []) sparse(one);
        graphs.push(g);
        for (const one of inner ?? []) graphs.push(one);
      }
    }
  };
  for (const { node } of functions ?? []) nodesIn(node);
  for (let next = graphs.pop(); next || graphs.length > 0; next = graphs.pop()) {
    for (const tensor of next?.initializer ?? []) add(tensor);
    for (const tensor of next?.sparseInitializer ?? []) sparse(tensor);
    nodesIn(next?.node);
  }
  return [...found];
}

/**
 * The reason why the data files of a model must not be opened: one is outside the model's folder (D575), is not a regular
 * file (D511), or is a Git LFS pointer (D576). ONNX Runtime reports missing files itself.
 */
export async function refusedData(
  path: string,
  model: Common<'ModelProto'>,
): Promise<Diagnostic | undefined> {
  for (const location of dataLocations(model)) {
    const { value, diagnostics } = await fileBeside(path, location, 'data file');
    const refused = diagnostics.find(({ code }) => code !== 'D501');
    const pointer = value === undefined ? undefined : await pointerIn(value);
    if (refused ?? pointer) return refused ?? pointer;
  }
  return undefined;
}

/** A diagnostic (D576) if one of the data files that `dataFilesBeside` found is a Git LFS pointer. */
export async function dataPointer(
  path: string,
  files: ReadonlyMap<string, FileFact>,
): Promise<Diagnostic | undefined> {
  for (const [location, fact] of files) {
    if (!('size' in fact) || fact.size >= LARGEST_POINTER) continue;
    const { value } = await fileBeside(path, location, 'data file');
    const pointer = value === undefined ? undefined : await pointerIn(value);
    if (pointer) return pointer;
  }
  return undefined;
}
