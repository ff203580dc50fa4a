/** The rules that report the results of inference: operators that cannot take their inputs, false declarations, gaps. */

import type { Gaps, Limit } from './infer/record.ts';
import { LOADING_LIMITS } from './loading.ts';
import type { Finding, Rules } from './rule.ts';
import { shown } from './rule.ts';

/** The beginning of a sentence about some of the values, such as `the types of 3 of 7 values are`. */
function typesOf(some: number, all: number): string {
  if (all === 1) return 'the type of the only value is';
  return some === 1 ? `the type of 1 of ${all} values is` : `the types of ${some} of ${all} values are`;
}

const BEYOND: Readonly<Record<Limit, string>> = {
  nodes: 'the model expands into more nodes than Benben visits, so the remaining nodes are not checked',
  depth: `functions call each other more than ${LOADING_LIMITS.depth.most} levels deep, so deeper calls are not checked`,
};

function* gapsOf({ values, unknown, trusted, ruleless, first, stopped }: Gaps): Generator<Finding> {
  if (stopped) yield { message: BEYOND[stopped] };
  if (unknown + trusted === 0) return;
  const parts = [
    ...(unknown > 0 ? [`${typesOf(unknown, values)} unknown`] : []),
    ...(trusted > 0 ? [`${typesOf(trusted, values)} taken as declared`] : []),
  ];
  const names = ruleless.slice(0, 5).map(([op, count]) => `${shown(op)} × ${count}`);
  const more = ruleless.length > 5 ? ', …' : '';
  const why =
    names.length > 0
      ? `there is no rule for ${names.join(', ')}${more}`
      : 'some shapes are known only at run time';
  yield { message: `${parts.join(', ')}: ${why}`, ...(first !== undefined && { where: `from ${first} on` }) };
}

export const TYPES: Rules = {
  D630: {
    title: 'a declared type or shape that contradicts the inferred one',
    cause:
      'The type or shape that the file declares for a value (in value_info, for an output, or for an input of a body) contradicts what follows from the operators and their inputs. In a body of `If` or `Loop` a wrong shape is only a warning, because runtimes ignore it there.',
    advice: 'correct the declaration, or remove it; runtimes partly rely on it',
    find: ({ inference }) => inference.conflicts,
  },
  D631: {
    title: 'an operator that cannot take its inputs',
    cause:
      'The types, shapes or constants of a node’s inputs do not fit the operator. For example, the operator does not take an element type, lengths cannot be broadcast or multiplied, an index or an axis does not exist, or a body has another signature. It is a warning if ONNX forbids something that ONNX Runtime ignores.',
    advice: 'correct the inputs',
    *find({ inference }) {
      yield* inference.misfits;
      for (const doubt of inference.doubts) yield { ...doubt, severity: 'warning' };
    },
  },
  D634: {
    title: 'types that could not be inferred',
    severity: 'warning',
    cause:
      'Benben has no inference rule for some of the operators, or a shape depends on values that are known only at run time. The nodes after such a node are checked only against the types that the file declares, or not at all.',
    advice: 'ignore this if other tools check the rest; models that Benben compiles have no such gaps',
    find: ({ inference }) => gapsOf(inference.gaps),
  },
};
