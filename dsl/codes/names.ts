/** `D1xx`: a name that is not known, or known twice. */
import type { CodeEntry } from './entry.ts';

export const NAMES = {
  D101: {
    title: 'an unknown field',
    cause:
      'The block has no field of this name. Fields belong to one block each: `schedule` to `encoder`, `heads` to the model.',
    advice: 'see the fields in docs/language.md',
    bad: 'model A {\n  widht 512\n}\n',
    good: 'model A {\n  width 512\n}\n',
  },
  D102: {
    title: 'a field is given twice',
    cause:
      'Each field may stand once in its block. Which of two values was meant cannot be known, and the last one winning would hide the slip.',
    advice: 'remove one of them',
    bad: 'model A {\n  width 512\n  width 768\n}\n',
    good: 'model A {\n  width 768\n}\n',
  },
  D103: {
    title: 'a model is defined twice',
    cause: 'Models of one file are told apart by their names: checks, `extends` and `--model` use them.',
    advice: 'rename one of them, or remove it',
    bad: 'model A { }\nmodel A { width 768 }\n',
    good: 'model A { }\nmodel B { width 768 }\n',
  },
  D104: {
    title: 'an unknown model',
    cause:
      '`extends`, `check` and the part before a dot in a budget name a model of the same file. The order of models does not matter.',
    advice: 'define the model in this file',
    bad: 'model Small extends Bse { }\nmodel Base { }\n',
    good: 'model Small extends Base { }\nmodel Base { }\n',
  },
  D105: {
    title: 'models extend each other in a circle',
    cause:
      'A model takes every field that it does not write from the one it extends. In a circle nobody would write them.',
    advice: 'let one of them stand on its own',
    bad: 'model A extends B { }\nmodel B extends A { }\n',
    good: 'model A extends B { }\nmodel B { }\n',
  },
  D106: {
    title: 'an unknown kind',
    cause: '`attention`, `pool`, `by` and `positions` each take one of a few kinds.',
    advice: 'see the kinds in docs/language.md',
    bad: 'model A {\n  encoder { attention blok(512) }\n}\n',
    good: 'model A {\n  encoder { attention block(512) }\n}\n',
  },
  D107: {
    title: 'an unknown argument',
    cause:
      'Only the first argument may stand without its name: of a kind whatever it is, of a quantity a word such as `h100` or `int8`. Numbers of quantities have names, for `8` may be a length or a batch.',
    advice: 'see the kind in docs/language.md',
    bad: 'model A {\n  encoder { pool soft_topk(bass: 20) }\n}\n',
    good: 'model A {\n  encoder { pool soft_topk(base: 20) }\n}\n',
  },
  D108: {
    title: 'an argument is given twice',
    cause: 'Each argument has one value. One without a name counts under the name that it would have.',
    advice: 'remove one of them',
    bad: 'model A {\n  encoder { attention block(512, size: 256) }\n}\n',
    good: 'model A {\n  encoder { attention block(256) }\n}\n',
  },
  D109: {
    title: 'a layer is given twice',
    cause: 'Each encoder layer has at most one `layer N { … }` block in a model.',
    advice: 'put its fields into one block',
    bad: 'model A {\n  encoder {\n    layer 2 { attention full }\n    layer 2 { attention block(256) }\n  }\n}\n',
    good: 'model A {\n  encoder {\n    layer 1 { attention full }\n    layer 2 { attention block(256) }\n  }\n}\n',
  },
  D110: {
    title: 'an unknown quantity',
    cause: 'Budgets are about the quantities of the report, by their names.',
    advice: 'see the quantities in docs/language.md',
    bad: 'model A { }\ncheck A {\n  paramters <= 125M\n}\n',
    good: 'model A { }\ncheck A {\n  parameters <= 125M\n}\n',
  },
  D111: {
    title: 'an unknown word',
    cause: 'The field or argument takes one of a few words.',
    advice: 'see the field in docs/language.md',
    bad: 'model A {\n  norm psot\n}\n',
    good: 'model A {\n  norm post\n}\n',
  },
  D112: {
    title: 'an unknown unit',
    cause:
      'The letters after a number are its unit: `k` is 1024 everywhere; `M` and `G` (powers of ten), `B`, `KB`, `MB`, `GB` (bytes, by powers of 1024) and `us`, `ms`, `s` (seconds) belong to budgets. Case matters, as it does in physics.',
    advice: 'use `k`, or write the number out',
    bad: 'model A {\n  encoder { schedule 8K, 2k }\n}\n',
    good: 'model A {\n  encoder { schedule 8k, 2k }\n}\n',
  },
  D113: {
    title: 'a unit of budgets in a model',
    cause:
      'A model counts tokens, layers and widths: numbers for which only `k` is at hand. `M`, `G`, bytes and times are for budgets.',
    advice: 'write the number out; `_` may separate its digits',
    bad: 'model A {\n  vocabulary 1M\n}\n',
    good: 'model A {\n  vocabulary 1_000_000\n}\n',
  },
} satisfies Readonly<Record<string, CodeEntry>>;
