/** Rules of tensors in the file: valid dims, and data that matches them. */

import { dataFieldOf, elementBits } from '../compiler/onnx/element_types.ts';
import { EXTERNAL } from '../compiler/onnx/enums.ts';
import type { Graph, Model, Tensor } from '../compiler/onnx/model.ts';
import type { Facts } from './facts.ts';
import { counted, type Finding, type Rules, shown } from './rule.ts';
import { graphsOf, type Part, whereNode } from './scopes.ts';
import { ABSURD_BYTES, bytesFor, DT, dtypeText, elementsOf, isDtype, sizeText } from './sizes.ts';
import { sparseIn, sparseMisfit } from './sparse.ts';

/** The maximum number of dims of a tensor. It is larger than the limit of any runtime. */
const MOST_DIMS = 64;

export interface PlacedTensor {
  readonly tensor: Tensor;
  readonly where: string;
  readonly called: string;
}

/** Every tensor of the file, with its position in the model. */
export function* tensorsIn(scopes: readonly Part[]): Generator<PlacedTensor> {
  for (const scope of scopes) {
    const { where, graph } = scope;
    for (const tensor of graph?.initializer ?? [])
      yield { tensor, where, called: `initializer '${shown(tensor.name)}'` };
    for (const [i, { attribute }] of scope.nodes.entries()) {
      for (const { name, t, tensors } of attribute) {
        if (!t && tensors.length === 0) continue;
        const at = whereNode(scope, i);
        const called = `attribute '${shown(name)}'`;
        for (const tensor of t ? [t, ...tensors] : tensors) yield { tensor, where: at, called };
      }
    }
  }
  for (const { sparse, where, called } of sparseIn(scopes)) {
    const { values, indices } = sparse;
    if (values) yield { tensor: values, where, called };
    if (indices) yield { tensor: indices, where, called: `the indices of ${called}` };
  }
}

/** The graphs of the training information, with the graphs inside them. */
export function trainingParts({ trainingInfo }: Model): readonly Part[] {
  const parts: Part[] = [];
  const add = (where: string, graph: Graph | undefined): void => {
    if (!graph) return;
    parts.push({ where, nodes: graph.node, graph });
    for (const { attribute } of graph.node)
      for (const a of attribute) for (const inner of graphsOf(a)) add(where, inner);
  };
  trainingInfo.forEach(({ initialization, algorithm }, i) => {
    add(`training ${i}, initialization`, initialization);
    add(`training ${i}, algorithm`, algorithm);
  });
  return parts;
}

/** The fields of typed data. */
const TYPED = ['floatData', 'int32Data', 'int64Data', 'doubleData', 'uint64Data'] as const;

const COMPLEX: readonly number[] = [DT.complex64, DT.complex128];

/** How many numbers typed data must have. Elements below 8 bits are packed into bytes, and each byte is one number. */
function typedCount(dtype: number, elements: number): number {
  if (COMPLEX.includes(dtype)) return 2 * elements;
  return dtype !== DT.string && elementBits(dtype) < 8
    ? Math.ceil((elements * elementBits(dtype)) / 8)
    : elements;
}

/** The fields of a tensor that contain data, with the number of bytes or elements in each. */
function dataFields(t: Tensor): readonly { field: string; count: number }[] {
  const typed = TYPED.flatMap((field) => {
    const sizes = t[field];
    return sizes && sizes.count > 0 ? [{ field, count: sizes.count }] : [];
  });
  return [
    ...(t.rawData ? [{ field: 'rawData', count: t.rawData.length }] : []),
    ...typed,
    ...(t.stringData.length > 0 ? [{ field: 'stringData', count: t.stringData.length }] : []),
  ];
}

function* dataMisfits({ tensor, where, called }: PlacedTensor): Generator<Finding> {
  const { dims, dataType } = tensor;
  const elements = elementsOf(dims);
  if (elements === undefined || !isDtype(dataType) || tensor.dataLocation === EXTERNAL) return;
  const shape = `${dtypeText(dataType)} [${dims.join(', ')}]`;
  const fields = dataFields(tensor);
  const [data] = fields;
  if (fields.length > 1) return;
  if (!data) {
    if (elements > 0) yield { message: `${called}, ${shape}, has no data`, where };
    return;
  }
  if (data.field === 'rawData') {
    const bytes = bytesFor(dataType, elements);
    if (bytes === undefined) yield { message: `${called}, ${shape}, stores strings as raw data`, where };
    else if (bytes !== data.count)
      yield { message: `${called}, ${shape}, needs ${counted(bytes, 'byte')} but has ${data.count}`, where };
    return;
  }
  if (data.field !== dataFieldOf(dataType)) {
    const field = data.field.replace(/Data$/, '_data');
    yield { message: `${called}, ${shape}, stores its data in ${field}, which is for other types`, where };
    return;
  }
  const count = typedCount(dataType, elements);
  if (count !== data.count)
    yield { message: `${called}, ${shape}, needs ${counted(count, 'number')} but has ${data.count}`, where };
}

function* absurdSparse({ scopes }: Facts): Generator<Finding> {
  for (const { sparse, called, where } of sparseIn(scopes)) {
    const { values, dims } = sparse;
    const elements = elementsOf(dims);
    const bytes = elements === undefined ? undefined : bytesFor(values?.dataType ?? 0, elements);
    if (elements === undefined || (bytes ?? 0) >= ABSURD_BYTES)
      yield {
        message: `${called}, [${dims.slice(0, 8).join(', ')}], would take ${bytes === undefined ? 'more bytes than can be counted' : `${sizeText(bytes)}, which is more memory than any machine has,`} when expanded`,
        where,
      };
  }
}

export const TENSORS: Rules = {
  D637: {
    title: 'an element type that ONNX does not define',
    cause:
      'An element type is a number of `TensorProto.DataType`. Here it is missing, or not one of these numbers.',
    advice: 'export the model again',
    *find(facts) {
      for (const { tensor, where, called } of facts.tensors)
        if (!isDtype(tensor.dataType))
          yield {
            message: `${called} is of ${dtypeText(tensor.dataType)}, which is not an element type of ONNX`,
            where,
          };
      for (const { graph, function: f, where } of facts.scopes) {
        const infos = graph ? [...graph.input, ...graph.output, ...graph.valueInfo] : (f?.valueInfo ?? []);
        for (const { name, type } of infos) {
          const dtype = type?.tensorType?.elemType;
          // A type of 0 is allowed: converters leave types out of value_info, and types in bodies are inferred anyway.
          if (dtype !== undefined && dtype !== 0 && !isDtype(dtype))
            yield {
              message: `'${shown(name)}' is declared to be of ${dtypeText(dtype)}, which is not an element type of ONNX`,
              where,
            };
        }
      }
    },
  },
  D640: {
    title: 'dims that no tensor can have',
    cause: `A dim is negative, there are more than ${MOST_DIMS} dims, or their product is too large for any tensor.`,
    advice: 'export the model again; a file like this may have been made to do harm',
    *find(facts) {
      for (const { tensor, where, called } of facts.tensors) {
        const dims = `[${tensor.dims.slice(0, 8).join(', ')}${tensor.dims.length > 8 ? ', …' : ''}]`;
        if (tensor.dims.length > MOST_DIMS)
          yield {
            message: `${called} has ${tensor.dims.length} dims, but at most ${MOST_DIMS} are allowed`,
            where,
          };
        else if (tensor.dims.some((d) => d < 0))
          yield { message: `${called} has the dims ${dims}, but no dim may be negative`, where };
        else if (elementsOf(tensor.dims) === undefined)
          yield {
            message: `${called} has the dims ${dims}, whose product is too large for any tensor`,
            where,
          };
      }
      for (const { graph, function: f, where } of facts.scopes) {
        const infos = graph ? [...graph.input, ...graph.output, ...graph.valueInfo] : (f?.valueInfo ?? []);
        for (const { name, type } of infos) {
          const bad = type?.tensorType?.shape?.dim.find(
            ({ dimValue }) => dimValue !== undefined && dimValue < 0,
          );
          // Old exporters wrote -1 for an unknown length.
          if (bad && bad.dimValue !== -1)
            yield {
              message: `'${shown(name)}' is declared with a dim of ${bad.dimValue}, but no dim may be negative`,
              where,
            };
        }
      }
    },
  },
  D641: {
    title: 'data that does not match the dims',
    cause:
      'The field for the type of a tensor must contain as many bytes or numbers as the type and the dims require. Large dims with little data can make a reader allocate far more memory than the size of the file. The values of a sparse tensor must be a vector. Each value needs an index of type int64; the indices must be ascending and lie within the dims.',
    advice: 'export the model again',
    *find(facts) {
      for (const placed of facts.tensors) yield* dataMisfits(placed);
      for (const { sparse, called, where } of sparseIn(facts.scopes)) {
        const message = sparseMisfit(sparse);
        if (message !== undefined) yield { message: `${called} ${message}`, where };
      }
    },
  },
  D642: {
    title: 'a tensor with data in two places',
    cause: 'The data of a tensor must be in exactly one place: in one of its fields, or in a data file.',
    advice: 'remove the data that is not intended',
    *find(facts) {
      for (const { tensor, where, called } of facts.tensors) {
        const fields = dataFields(tensor).map(({ field }) => field.replace(/Data$/, '_data'));
        if (tensor.dataLocation === EXTERNAL && fields.length > 0)
          yield { message: `${called} has data in a file and in ${fields.join(', ')}`, where };
        else if (fields.length > 1) yield { message: `${called} has data in ${fields.join(' and ')}`, where };
        else if (tensor.dataLocation !== EXTERNAL && tensor.externalData.length > 0)
          yield { message: `${called} names a data file, but states that its data is in the model`, where };
        else if (![undefined, 0, EXTERNAL].includes(tensor.dataLocation))
          yield {
            message: `${called} has the data location ${tensor.dataLocation}, which ONNX does not define`,
            where,
          };
      }
    },
  },
  D643: {
    title: 'a value of absurd size',
    cause: `According to the constants in the file, a value would take ${sizeText(ABSURD_BYTES)} or more. A small file can describe such a value, but no machine has so much memory.`,
    advice: 'check the constants that determine its shape; a file like this may have been made to do harm',
    *find(facts) {
      yield* absurdSparse(facts);
      yield* facts.inference.absurd;
    },
  },
};
