/** Rules of the file as protobuf messages, and of the parts that every model has. */

import type { Info } from '../compiler/onnx/model.ts';
import type { Facts } from './facts.ts';
import type { Finding, Rules } from './rule.ts';
import { whereNode } from './scopes.ts';

/** The codes of mistakes that are found while a file is read. */
export const WIRE_CODES = { broken: 'D600', deep: 'D601', large: 'D602' } as const;

const typed = ({ type }: Info): boolean => type !== undefined && Object.keys(type).length > 0;

function* missing({ model, scopes }: Facts): Generator<Finding> {
  if (model.irVersion === undefined) yield { message: 'the model has no IR version' };
  // Before IR version 3 there was only one set of operators, which was not imported.
  if (model.opsetImport.length === 0 && !(model.irVersion !== undefined && model.irVersion < 3))
    yield { message: 'the model imports no operator sets' };
  if (!model.graph) yield { message: 'the model has no graph' };
  else if (!model.graph.name) yield { message: 'the graph has no name' };
  for (const scope of scopes) {
    for (const [i, { opType }] of scope.nodes.entries())
      if (!opType) yield { message: 'a node has no operator', where: whereNode(scope, i) };
    const { graph, where, kind, function: f } = scope;
    if (f && !f.name) yield { message: 'a function has no name', where };
    // An empty string is a valid domain: it is ONNX's own.
    if (f && f.domain === undefined) yield { message: 'a function has no domain', where };
    // A body need not state the types of its inputs, because the types follow from the node of the body.
    const ports = kind === 'graph' ? [...(graph?.input ?? []), ...(graph?.output ?? [])] : [];
    for (const info of ports) if (!typed(info)) yield { message: `'${info.name ?? ''}' has no type`, where };
  }
}

export const STRUCTURE: Rules = {
  D600: {
    title: 'not a valid protobuf message',
    cause:
      'An `.onnx` file is one protobuf message. At the reported byte, this file ends early, states a length that goes beyond its end, or contains something else. The download may be damaged or incomplete, or this may be another kind of file.',
    advice: 'download or export the file again',
  },
  D601: {
    title: 'messages that are nested too deeply',
    cause:
      'Readers of protobuf refuse more than 100 levels of nesting. No model needs so many levels, because a graph inside a graph adds only three.',
    advice: 'export the model again; a file like this may have been made to do harm',
  },
  D602: {
    title: 'too large for a protobuf message',
    cause:
      'A protobuf message has at most 2 GiB. Benben also refuses a file if its messages, without the weights, need more memory than the messages of any real model.',
    advice: 'keep the weights in a data file in the same folder (external data)',
  },
  D603: {
    title: 'a required part of the model is missing',
    cause:
      'A model must have an IR version, the operator sets that it uses and a graph with a name. A node must have an operator. Each input and output of the graph must have a type. A function must have a name and a domain.',
    advice: 'export the model again',
    find: missing,
  },
  D604: {
    title: 'fields that ONNX does not define',
    severity: 'note',
    cause: 'Readers skip unknown fields. A newer ONNX may define them, or the file may be damaged.',
    advice: 'ignore this if a newer ONNX wrote the file; otherwise export the model again',
    *find({ unknownFields }) {
      if (unknownFields.size === 0) return;
      const fields = [...unknownFields].map(
        ([field, count]) => `${field}${count > 1 ? ` (${count} times)` : ''}`,
      );
      yield { message: `fields that ONNX does not define, by message and number: ${fields.join(', ')}` };
    },
  },
};
