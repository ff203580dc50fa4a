/** Tensors in the file: dims that can be, and data that is what they say. */

import type { Graph, Model, Tensor } from '../compiler/onnx/model.ts';
import type { Facts } from './facts.ts';
import { counted, type Finding, type Rules, shown } from './rule.ts';
import { graphsOf, type Part, whereNode } from './scopes.ts';
import { bitsOf, bytesFor, DT, dtypeText, elementsOf, isDtype, sizeText } from './sizes.ts';
import { sparseIn, sparseMisfit } from './sparse.ts';

export const EXTERNAL = 1;

/** More dims than any runtime takes. */
const MOST_DIMS = 64;

export interface Placed {
  readonly tensor: Tensor;
  readonly where: string;
  readonly called: string;
}

/** Every tensor of the file, with its place. */
export function* tensorsIn(scopes: readonly Part[]): Generator<Placed> {
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

/** The graphs of the training, with those inside them. */
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

/** The field of typed data that holds a type, and how many numbers an element takes there. */
const TYPED: Readonly<Record<string, readonly number[]>> = {
  floatData: [1, 14],
  int32Data: [2, 3, 4, 5, 6, 9, 10, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28],
  int64Data: [7],
  doubleData: [11, 15],
  uint64Data: [12, 13],
};

const COMPLEX: readonly number[] = [14, 15];

/** Numbers that typed data must have; elements below 8 bits are packed into bytes, each in a number. */
function typedCount(dtype: number, elements: number): number {
  if (COMPLEX.includes(dtype)) return 2 * elements;
  return dtype !== DT.string && bitsOf(dtype) < 8 ? Math.ceil((elements * bitsOf(dtype)) / 8) : elements;
}

/** The fields of a tensor that hold data, with how much. */
function dataFields(t: Tensor): readonly { field: string; count: number }[] {
  const typed = Object.keys(TYPED).flatMap((field) => {
    const sizes = t[field as 'floatData'];
    return sizes && sizes.count > 0 ? [{ field, count: sizes.count }] : [];
  });
  return [
    ...(t.raw ? [{ field: 'raw', count: t.raw.length }] : []),
    ...typed,
    ...(t.stringData.length > 0 ? [{ field: 'stringData', count: t.stringData.length }] : []),
  ];
}

function* dataMisfits({ tensor, where, called }: Placed): Generator<Finding> {
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
  if (data.field === 'raw') {
    const bytes = bytesFor(dataType, elements);
    if (bytes === undefined) yield { message: `${called}, ${shape}, has its strings as raw data`, where };
    else if (bytes !== data.count)
      yield { message: `${called}, ${shape}, takes ${counted(bytes, 'byte')} and has ${data.count}`, where };
    return;
  }
  const fits = data.field === 'stringData' ? dataType === DT.string : TYPED[data.field]!.includes(dataType);
  if (!fits) {
    yield { message: `${called}, ${shape}, has its data as ${data.field.replace(/Data$/, '_data')}`, where };
    return;
  }
  const count = typedCount(dataType, elements);
  if (count !== data.count)
    yield { message: `${called}, ${shape}, takes ${counted(count, 'number')} and has ${data.count}`, where };
}

const ABSURD = 2 ** 40;

function* absurdSparse({ scopes }: Facts): Generator<Finding> {
  for (const { sparse, called, where } of sparseIn(scopes)) {
    const { values, dims } = sparse;
    const elements = elementsOf(dims);
    const bytes = elements === undefined ? undefined : bytesFor(values?.dataType ?? 0, elements);
    if (elements === undefined || (bytes ?? 0) >= ABSURD)
      yield {
        message: `${called}, [${dims.slice(0, 8).join(', ')}], would take ${bytes === undefined ? 'more bytes than can be counted' : sizeText(bytes)} when it is expanded`,
        where,
      };
  }
}

export const TENSORS: Rules = {
  D637: {
    title: 'a type of elements that ONNX does not have',
    cause: 'Element types are numbers of `TensorProto.DataType`; this one is none of them, or is missing.',
    advice: 'export the model again',
    *find(facts) {
      for (const { tensor, where, called } of facts.tensors)
        if (!isDtype(tensor.dataType))
          yield { message: `${called} is of ${dtypeText(tensor.dataType)}`, where };
      for (const { graph, function: f, where } of facts.scopes) {
        const infos = graph ? [...graph.input, ...graph.output, ...graph.valueInfo] : (f?.valueInfo ?? []);
        for (const { name, type } of infos) {
          const dtype = type?.tensorType?.elemType;
          // Converters leave types out of value_info, and those of bodies are known anyway.
          if (dtype !== undefined && dtype !== 0 && !isDtype(dtype))
            yield { message: `'${shown(name)}' is declared to be of ${dtypeText(dtype)}`, where };
        }
      }
    },
  },
  D640: {
    title: 'dims that no tensor can have',
    cause: 'A dim is negative, there are too many, or their product is beyond any number of elements.',
    advice: 'export the model again; a file like this may have been made to harm',
    *find(facts) {
      for (const { tensor, where, called } of facts.tensors) {
        const dims = `[${tensor.dims.slice(0, 8).join(', ')}${tensor.dims.length > 8 ? ', …' : ''}]`;
        if (tensor.dims.length > MOST_DIMS)
          yield { message: `${called} has ${tensor.dims.length} dims`, where };
        else if (elementsOf(tensor.dims) === undefined)
          yield { message: `${called} has the dims ${dims}`, where };
      }
      for (const { graph, function: f, where } of facts.scopes) {
        const infos = graph ? [...graph.input, ...graph.output, ...graph.valueInfo] : (f?.valueInfo ?? []);
        for (const { name, type } of infos) {
          const bad = type?.tensorType?.shape?.dim.find(
            ({ dimValue }) => dimValue !== undefined && dimValue < 0,
          );
          // Old exporters wrote -1 for a length that is not known.
          if (bad && bad.dimValue !== -1)
            yield { message: `'${shown(name)}' is declared with a dim of ${bad.dimValue}`, where };
        }
      }
    },
  },
  D641: {
    title: 'data that is not what the dims say',
    cause:
      'A tensor’s data has as many bytes, or numbers, as its dims and its type ask for, in the field for its type. A tensor of large dims with little data is a way to make readers allocate what is not there. A sparse tensor has its values in a vector, and as many indices, int64, ascending and within its dims.',
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
    title: 'a tensor with two kinds of data',
    cause:
      'The data of a tensor lies in one field of it, or in a file beside the model, never in two places.',
    advice: 'remove what is not meant',
    *find(facts) {
      for (const { tensor, where, called } of facts.tensors) {
        const fields = dataFields(tensor).map(({ field }) => field.replace(/Data$/, '_data'));
        if (tensor.dataLocation === EXTERNAL && fields.length > 0)
          yield { message: `${called} has its data in a file and as ${fields.join(', ')}`, where };
        else if (fields.length > 1)
          yield { message: `${called} has its data as ${fields.join(' and ')}`, where };
        else if (tensor.dataLocation !== EXTERNAL && tensor.externalData.length > 0)
          yield { message: `${called} names a file, and says that its data is here`, where };
        else if (![undefined, 0, EXTERNAL].includes(tensor.dataLocation))
          yield {
            message: `${called} has its data in place ${tensor.dataLocation}, which there is not`,
            where,
          };
      }
    },
  },
  D643: {
    title: 'a value of absurd size',
    cause: `By constants alone, a value of the graph would take ${sizeText(ABSURD)} or more: a few bytes in the file that no machine can expand.`,
    advice: 'check the constants that its shape is made of; a file like this may have been made to harm',
    *find(facts) {
      yield* absurdSparse(facts);
      yield* facts.inference.absurd;
    },
  },
};
