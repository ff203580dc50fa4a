/** What inference found: operators that cannot take what they are given, declarations that are not true, gaps. */

import { DEEPEST_CALL } from './infer/index.ts';
import type { Gaps, Limit } from './infer/record.ts';
import type { Finding, Rules } from './rule.ts';
import { shown } from './rule.ts';

/** `the types of 3 of 7 values are`. */
function typesOf(some: number, all: number): string {
  if (all === 1) return 'the type of the only value is';
  return some === 1 ? `the type of 1 of ${all} values is` : `the types of ${some} of ${all} values are`;
}

const BEYOND: Readonly<Record<Limit, string>> = {
  nodes: 'the model expands into more nodes than are followed: what comes after is not checked',
  depth: `functions call each other more than ${DEEPEST_CALL} deep: what is deeper is not checked`,
};

function* gapsOf({ values, unknown, trusted, ruleless, first, stopped }: Gaps): Generator<Finding> {
  if (stopped) yield { message: BEYOND[stopped] };
  if (unknown + trusted === 0) return;
  const parts = [
    ...(unknown > 0 ? [`${typesOf(unknown, values)} not known`] : []),
    ...(trusted > 0 ? [`${typesOf(trusted, values)} taken as declared`] : []),
  ];
  const names = ruleless.slice(0, 5).map(([op, count]) => `${shown(op)} × ${count}`);
  const more = ruleless.length > 5 ? ', …' : '';
  const why = names.length > 0 ? `no rule for ${names.join(', ')}${more}` : 'shapes that only a run can tell';
  yield { message: `${parts.join(', ')}: ${why}`, ...(first !== undefined && { where: `from ${first} on` }) };
}

export const TYPES: Rules = {
  D630: {
    title: 'a declaration that is not true',
    cause:
      'The type or the shape that the file declares of a value (value_info, an output, an input of a body) contradicts what follows from its operators and their inputs.',
    advice: 'correct the declaration, or remove it; runtimes trust it in part',
    find: ({ inference }) => inference.conflicts,
  },
  D631: {
    title: 'an operator that cannot take what it is given',
    cause:
      'The types, shapes or constants of a node’s inputs do not go together: another element type than it takes, lengths that cannot be broadcast or multiplied, an index or an axis that there is not, a body with another signature.',
    advice: 'correct the inputs',
    find: ({ inference }) => inference.misfits,
  },
  D634: {
    title: 'types that could not be told',
    severity: 'warning',
    cause:
      'For some operators Benben has no rule of inference, or a shape depends on what only a run can tell. What comes after such a node is not checked, or on the word of the file alone.',
    advice: 'nothing, if other tools check the rest; Benben’s own artifacts have no such gaps',
    find: ({ inference }) => gapsOf(inference.gaps),
  },
};
