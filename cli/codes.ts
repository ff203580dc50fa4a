/** The diagnostic codes of all stages in one table, for `benben explain`. */
import { CHECK_RULES } from '../check/index.ts';
import { IR_RULES } from '../compiler/ir/verify.ts';
import { CODES, type CodeEntry } from '../dsl/index.ts';
import { PASS_CODES } from '../passes/codes.ts';
import { RUNTIME_CODES } from '../pipeline/codes.ts';
import { CLAIM_CODES } from '../runtime/check/codes.ts';

type CodeTable = Readonly<Record<string, CodeEntry>>;

/** The codes of mistakes in the text of a graph, and of models that do not fit the requested entry or precision. */
const OTHERS: CodeTable = {
  D301: {
    title: 'the text of a graph cannot be read',
    cause:
      'A reproducer or the output of `--print-ir` was edited, and is not a valid graph at the reported position.',
    advice: 'use the file as Benben wrote it',
  },
  D302: {
    title: 'the text of a graph uses an unknown op',
    cause: 'The graph was written by another version of Benben, or an op’s name was misspelled.',
    advice: 'use the version of Benben that wrote the graph',
  },
  D401: {
    title: 'the entry needs a decoder',
    cause:
      'Entries `forward`, `generate`, `prefill` and `step` need a decoder, but the model has only an encoder.',
    advice: 'add a `decoder { … }` block, or compile with `--entry encode`',
    bad: 'model A { }\n',
    good: 'model A {\n  decoder { }\n}\n',
  },
  D402: {
    title: 'a weight is too large for float16',
    cause:
      'A trained weight is larger than 65504, the largest float16 number, so `--precision fp16` would make it infinite. Nothing was written.',
    advice: 'compile without `--precision fp16`',
  },
};

const REPORT = 'report it, with the reproducer that the message names';

/** The codes of bugs in Benben itself, which all have the same advice. */
function bugs(titles: Readonly<Record<string, string>>, cause: string): CodeTable {
  return Object.fromEntries(
    Object.entries(titles).map(([code, title]) => [code, { title, cause, advice: REPORT }]),
  );
}

export function allCodes(): CodeTable {
  const runtime = RUNTIME_CODES.map(({ code, title, cause, fix }) => {
    // `explain` adds the full stop.
    return [code, { title, cause, advice: fix.replace(/\.$/, '') }] as const;
  });
  return {
    ...CODES,
    ...OTHERS,
    ...bugs(
      IR_RULES,
      'Either the compiler made a graph that breaks this rule, which is a bug of Benben, or a reproducer was edited.',
    ),
    ...bugs(
      PASS_CODES,
      'Either an optimisation of the compiler made a mistake, which is a bug of Benben, or a reproducer was edited.',
    ),
    ...CHECK_RULES,
    ...CLAIM_CODES,
    ...Object.fromEntries(runtime),
  };
}
