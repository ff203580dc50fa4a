/** The file as protobuf messages, and the parts that no model is without. */

import type { Info } from '../compiler/onnx/model.ts';
import type { Facts } from './facts.ts';
import type { Finding, Rules } from './rule.ts';
import { whereNode } from './scopes.ts';

/** Codes of what is found while a file is read. */
export const WIRE_CODES = { broken: 'D600', deep: 'D601', large: 'D602' } as const;

const typed = ({ type }: Info): boolean => type !== undefined && Object.keys(type).length > 0;

function* missing({ model, scopes }: Facts): Generator<Finding> {
  if (model.irVersion === undefined) yield { message: 'the model does not say its IR version' };
  // Before IR version 3 there was one set of operators.
  if (model.opsetImport.length === 0 && !(model.irVersion !== undefined && model.irVersion < 3))
    yield { message: 'the model imports no operators' };
  if (!model.graph) yield { message: 'the model has no graph' };
  else if (!model.graph.name) yield { message: 'the graph has no name' };
  for (const scope of scopes) {
    for (const [i, { opType }] of scope.nodes.entries())
      if (!opType) yield { message: 'a node does not say its operator', where: whereNode(scope, i) };
    const { graph, where, kind, function: f } = scope;
    if (f && !f.name) yield { message: 'a function has no name', where };
    // One that is there and empty is ONNX's own.
    if (f && f.domain === undefined) yield { message: 'a function has no domain', where };
    // What a body takes is known where it is called.
    const ports = kind === 'graph' ? [...(graph?.input ?? []), ...(graph?.output ?? [])] : [];
    for (const info of ports) if (!typed(info)) yield { message: `'${info.name ?? ''}' has no type`, where };
  }
}

export const STRUCTURE: Rules = {
  D600: {
    title: 'not the messages of protobuf',
    cause:
      'An `.onnx` file is one protobuf message. At the byte that is told, this one breaks off, claims more bytes than there are, or is something else: a damaged or cut download, or another kind of file.',
    advice: 'download or export the file again',
  },
  D601: {
    title: 'messages too deep inside each other',
    cause:
      'Readers of protobuf refuse more than 100 levels, which no model needs: a graph in a graph takes three.',
    advice: 'export the model again; a file like this may have been made to harm',
  },
  D602: {
    title: 'too large for a protobuf message',
    cause:
      'protobuf messages end at 2 GiB, and messages beside the weights that take more memory than any model’s are not read.',
    advice: 'keep the weights in a data file beside the model (external data)',
  },
  D603: {
    title: 'a part that every model has is missing',
    cause:
      'A model has an IR version, the operator sets that it uses and a graph with a name; a node an operator; an input and an output of the graph a type; a function a name and a domain.',
    advice: 'export the model again',
    find: missing,
  },
  D604: {
    title: 'fields that ONNX does not have',
    severity: 'note',
    cause: 'Readers skip fields that they do not know: a newer ONNX may have them, or the file is damaged.',
    advice: 'compare with the file’s source, if it is not newer than this Benben',
    *find({ unknownFields }) {
      if (unknownFields.size === 0) return;
      const fields = [...unknownFields].map(
        ([field, count]) => `${field}${count > 1 ? ` (${count} times)` : ''}`,
      );
      yield { message: `fields that ONNX does not have, by message and number: ${fields.join(', ')}` };
    },
  },
};
