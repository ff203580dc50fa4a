/** Codes `D0xx`: syntax mistakes. */
import type { CodeEntry } from './entry.ts';

export const SYNTAX = {
  D001: {
    title: 'the source is too large',
    cause:
      'A model is usually one page of text. A source of more than 1 MB is probably another file that was given by mistake, so it is not read.',
    advice: 'give the `.ben` file; weights and documents have their own options',
  },
  D002: {
    title: 'the file is not text',
    cause: 'The file contains a NUL character, so it is not text but perhaps an ONNX model or an archive.',
    advice: 'give the `.ben` file that the model was compiled from',
    bad: 'model A { \0 }\n',
    good: 'model A { }\n',
  },
  D003: {
    title: 'a character that has no meaning here',
    cause:
      'Outside of comments, a source contains names, numbers and a few symbols. Names consist of letters a–z, digits and `_`, because they become file names, ONNX names and identifiers of other languages.',
    advice: 'remove it, or write `//` before it if it is a comment',
    bad: 'model A {\n  width 512€\n}\n',
    good: 'model A {\n  width 512 // was €\n}\n',
  },
  D004: {
    title: 'a number is misspelled',
    cause:
      'A number consists of digits, which may be grouped with single `_`, and then optionally a fraction, an exponent and a unit. Anything else that begins with a digit is refused.',
    advice: 'write a number such as `32_000`, `0.1` or `8k`',
    bad: 'model A {\n  encoder { schedule 512x3 }\n}\n',
    good: 'model A {\n  encoder { schedule 512 x 3 }\n}\n',
  },
  D005: {
    title: 'a block is never closed',
    cause:
      'Every `{` needs a `}`. The message shows the position where the block seems to end, according to the indentation.',
    advice: 'add the `}`',
    bad: 'model A {\n  encoder {\n    schedule 4k, 1k\n  decoder {\n    layers 2\n  }\n}\n',
    good: 'model A {\n  encoder {\n    schedule 4k, 1k\n  }\n  decoder {\n    layers 2\n  }\n}\n',
  },
  D006: {
    title: 'a `}` closes nothing',
    cause:
      'There are more `}` than `{`. The `}` that is shown either has no block to close, or closes a model too early.',
    advice: 'remove it, or add the missing `{`',
    bad: 'model A {\n  width 512\n}\n}\n',
    good: 'model A {\n  width 512\n}\n',
  },
  D007: {
    title: 'a block is not opened',
    cause: 'A model, a check, `encoder`, `decoder` and `layer N` need a block in braces, which may be empty.',
    advice: 'add the `{`',
    bad: 'model A\n  width 512\n}\n',
    good: 'model A {\n  width 512\n}\n',
  },
  D008: {
    title: 'something else was expected here',
    cause:
      'The text up to this position is correct, but the next word or symbol is not allowed here. The rest of the line is skipped, and the lines after it are read as usual.',
    advice: 'see the grammar in docs/language.md',
    bad: 'model A {\n  width: 512\n}\n',
    good: 'model A {\n  width 512\n}\n',
  },
  D009: {
    title: 'a `(` is not closed',
    cause:
      'Arguments and arithmetic in parentheses end with `)`. The `)` must be on the same line, unless a comma or an operator continues the line.',
    advice: 'add the `)`',
    bad: 'model A {\n  encoder { attention block(512 }\n}\n',
    good: 'model A {\n  encoder { attention block(512) }\n}\n',
  },
  D010: {
    title: 'neither a model nor a check',
    cause: 'The top level of a file contains only `model NAME { … }` and `check NAME { … }`.',
    advice: 'put fields into a model: `model NAME { … }`',
    bad: 'modle A {\n  width 512\n}\n',
    good: 'model A {\n  width 512\n}\n',
  },
  D011: {
    title: 'nested too deeply',
    cause:
      'A file may have at most 16 levels of blocks, 32 levels of parentheses, and 256 operators in one budget. Models need far less; the limits keep Benben from overflowing its stack.',
    advice: 'remove levels, or split the expression into two budgets',
    bad: `model A { ${'b { '.repeat(20)}${'} '.repeat(20)}}\n`,
    good: 'model A { encoder { layer 1 { attention full } } }\n',
  },
  D012: {
    title: 'a notation of another language',
    cause:
      'The symbol has a meaning in other languages but not in this one. Benben does not guess what it means here.',
    advice: 'use the notation of this language',
    bad: 'model A {\n  width = 512\n}\n',
    good: 'model A {\n  width 512\n}\n',
  },
  D013: {
    title: 'a comma without a value after it',
    cause:
      'A comma separates two values. At the end of a line it continues the list on the next line, which must then begin with a number.',
    advice: 'write the next value, or remove the comma',
    bad: 'model A {\n  encoder {\n    schedule 4k, 1k,\n  }\n}\n',
    good: 'model A {\n  encoder {\n    schedule 4k, 1k\n  }\n}\n',
  },
  D014: {
    title: 'too many mistakes',
    cause:
      'At most 50 errors and 50 warnings are reported for one file, and this file has more. It is probably not a model, or repeats one mistake.',
    advice: 'check that this is a `.ben` file, or correct the first mistakes and try again',
  },
} satisfies Readonly<Record<string, CodeEntry>>;
