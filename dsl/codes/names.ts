/** Codes `D1xx`: names that are unknown or defined twice. */
import { QUANTITIES } from '../quantities.ts';
import type { CodeEntry } from './entry.ts';

export const NAMES = {
  D101: {
    title: 'an unknown field',
    cause:
      'The block has no field with this name. Each field belongs in one block: `schedule` in `encoder`, `heads` in the model.',
    advice: 'see the fields in docs/language.md',
    bad: 'model A {\n  widht 512\n}\n',
    good: 'model A {\n  width 512\n}\n',
  },
  D102: {
    title: 'a field is given twice',
    cause:
      'A block may contain each field once. Benben cannot decide which of two values is meant, and if it took the last one, nobody would see the mistake.',
    advice: 'remove one of them',
    bad: 'model A {\n  width 512\n  width 768\n}\n',
    good: 'model A {\n  width 768\n}\n',
  },
  D103: {
    title: 'a model is defined twice',
    cause:
      'Checks, `extends` and `--model` refer to a model by its name, so each model of a file needs a different name.',
    advice: 'rename one of them, or remove it',
    bad: 'model A { }\nmodel A { width 768 }\n',
    good: 'model A { }\nmodel B { width 768 }\n',
  },
  D104: {
    title: 'an unknown model',
    cause:
      '`extends`, `check` and the part before a dot in a budget must name a model of the same file. The order of the models does not matter.',
    advice: 'define the model in this file',
    bad: 'model Small extends Bse { }\nmodel Base { }\n',
    good: 'model Small extends Base { }\nmodel Base { }\n',
  },
  D105: {
    title: 'models extend each other in a circle',
    cause:
      'A model inherits each field that it does not set from the model that it extends. Models in a circle would inherit from themselves.',
    advice: 'remove `extends` from one of them',
    bad: 'model A extends B { }\nmodel B extends A { }\n',
    good: 'model A extends B { }\nmodel B { }\n',
  },
  D106: {
    title: 'an unknown kind',
    cause:
      'Each field that takes a kind, such as `attention`, `pool` or `positions`, accepts a few kinds, but this is not one of them.',
    advice: 'see the kinds in docs/language.md',
    bad: 'model A {\n  encoder { attention blok(512) }\n}\n',
    good: 'model A {\n  encoder { attention block(512) }\n}\n',
  },
  D107: {
    title: 'an unknown argument',
    cause:
      'The kind or quantity has no such argument, or the argument needs its name. In a kind, only the first argument may be given without its name. In a quantity, only a word such as `h100` or `int8` may be given without a name. A number in a quantity always needs a name, because `8` may be a length or a batch.',
    advice: 'see the kind in docs/language.md',
    bad: 'model A {\n  encoder { pool soft_topk(bass: 20) }\n}\n',
    good: 'model A {\n  encoder { pool soft_topk(base: 20) }\n}\n',
  },
  D108: {
    title: 'an argument is given twice',
    cause:
      'Each argument has one value. An argument without a name counts too: in `block(512)`, 512 is the `size`.',
    advice: 'remove one of them',
    bad: 'model A {\n  encoder { attention block(512, size: 256) }\n}\n',
    good: 'model A {\n  encoder { attention block(256) }\n}\n',
  },
  D109: {
    title: 'a layer is given twice',
    cause: 'A model may have one `layer N { … }` block for each encoder layer.',
    advice: 'put the fields into one block',
    bad: 'model A {\n  encoder {\n    layer 2 { attention full }\n    layer 2 { attention block(256) }\n  }\n}\n',
    good: 'model A {\n  encoder {\n    layer 1 { attention full }\n    layer 2 { attention block(256) }\n  }\n}\n',
  },
  D110: {
    title: 'an unknown quantity',
    cause: `A budget may use the quantities that \`benben report\` shows, but none of them has this name. The quantities are ${Object.keys(QUANTITIES).join(', ')}.`,
    advice: 'use one of these quantities; the page docs/language.md describes each',
    bad: 'model A { }\ncheck A {\n  paramters <= 125M\n}\n',
    good: 'model A { }\ncheck A {\n  parameters <= 125M\n}\n',
  },
  D111: {
    title: 'an unknown word',
    cause: 'The field or argument accepts a few words, but this is not one of them.',
    advice: 'see the field in docs/language.md',
    bad: 'model A {\n  norm psot\n}\n',
    good: 'model A {\n  norm post\n}\n',
  },
  D112: {
    title: 'an unknown unit',
    cause:
      'The letters after a number are its unit. `k` is 1024 and may be used everywhere. The other units are for budgets only: `M`, `G`, `T` and `P` are powers of ten, `B`, `KB`, `MB`, `GB`, `TB` and `PB` are bytes in powers of 1024, and `us`, `ms` and `s` are seconds. Upper and lower case are different.',
    advice: 'use `k`, or write the number out',
    bad: 'model A {\n  encoder { schedule 8K, 2k }\n}\n',
    good: 'model A {\n  encoder { schedule 8k, 2k }\n}\n',
  },
  D113: {
    title: 'a unit that is allowed only in budgets',
    cause:
      'The numbers of a model are tokens, layers and widths, and their only unit is `k`. Units such as `M`, `G`, bytes and times are for budgets.',
    advice: 'write the number out; `_` may separate its digits',
    bad: 'model A {\n  vocabulary 1M\n}\n',
    good: 'model A {\n  vocabulary 1_000_000\n}\n',
  },
} satisfies Readonly<Record<string, CodeEntry>>;
