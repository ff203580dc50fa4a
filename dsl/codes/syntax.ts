/** `D0xx`: the text does not read as models and checks. */
import type { CodeEntry } from './entry.ts';

export const SYNTAX = {
  D001: {
    title: 'the source is too large',
    cause:
      'A model is a page of text. A source of more than 1 MB is some other file given by mistake, and reading it would only delay that news.',
    advice: 'give the `.ben` file; weights and documents have options of their own',
  },
  D002: {
    title: 'the file is not text',
    cause: 'The file holds a NUL byte, which no text does: it is an ONNX model, an archive or the like.',
    advice: 'give the `.ben` file that the model was compiled from',
    bad: 'model A { \0 }\n',
    good: 'model A { }\n',
  },
  D003: {
    title: 'a character that means nothing here',
    cause:
      'Outside comments a source holds names of letters a–z, digits and `_`, numbers, and a few symbols. Names end up as file names, ONNX names and identifiers of other languages, so they are kept to what all of those accept.',
    advice: 'remove it, or put the text behind `//` if it is a comment',
    bad: 'model A {\n  width 512€\n}\n',
    good: 'model A {\n  width 512 // was €\n}\n',
  },
  D004: {
    title: 'a number is misspelled',
    cause:
      'A number is digits, optionally with single `_` between them, then optionally a fraction, an exponent and a unit. Anything else that begins with a digit is refused rather than half read.',
    advice: 'write for example `32_000`, `0.1`, `8k`',
    bad: 'model A {\n  encoder { schedule 512x3 }\n}\n',
    good: 'model A {\n  encoder { schedule 512 x 3 }\n}\n',
  },
  D005: {
    title: 'a block is never closed',
    cause:
      'Every `{` needs its `}`. Where it is missing is told by the indentation, so the place shown is where the block seems to end.',
    advice: 'add the `}`',
    bad: 'model A {\n  encoder {\n    schedule 4k, 1k\n  decoder {\n    layers 2\n  }\n}\n',
    good: 'model A {\n  encoder {\n    schedule 4k, 1k\n  }\n  decoder {\n    layers 2\n  }\n}\n',
  },
  D006: {
    title: 'a `}` closes nothing',
    cause:
      'There are more `}` than `{`. The one shown has no block left to close, or closes a model too early.',
    advice: 'remove it, or add the `{` that it was meant for',
    bad: 'model A {\n  width 512\n}\n}\n',
    good: 'model A {\n  width 512\n}\n',
  },
  D007: {
    title: 'a block is not opened',
    cause:
      'A model, a check, `encoder`, `decoder` and `layer N` are followed by a block in braces, even an empty one.',
    advice: 'add the `{`',
    bad: 'model A\n  width 512\n}\n',
    good: 'model A {\n  width 512\n}\n',
  },
  D008: {
    title: 'something else was expected here',
    cause:
      'The words up to here make sense and the next one cannot follow them. The rest of the line is left out; lines after it are read as usual.',
    advice: 'see the grammar in docs/language.md',
    bad: 'model A {\n  width: 512\n}\n',
    good: 'model A {\n  width 512\n}\n',
  },
  D009: {
    title: 'a `(` is not closed',
    cause:
      'Arguments and arithmetic groups end with `)`, on the same line unless a comma or an operator carries them on.',
    advice: 'add the `)`',
    bad: 'model A {\n  encoder { attention block(512 }\n}\n',
    good: 'model A {\n  encoder { attention block(512) }\n}\n',
  },
  D010: {
    title: 'neither a model nor a check',
    cause: 'At the top level of a file stand `model NAME { … }` and `check NAME { … }`, and nothing else.',
    advice: 'put fields into a model: `model NAME { … }`',
    bad: 'modle A {\n  width 512\n}\n',
    good: 'model A {\n  width 512\n}\n',
  },
  D011: {
    title: 'nested too deeply',
    cause:
      'Blocks nest three deep in a model; 16 levels, 32 open parentheses and 256 operators in one budget are the limits, far beyond any use, that keep every later stage safe from exhausting its stack.',
    advice: 'take levels away: blocks nest three deep, and an expression can be two budgets',
    bad: `model A { ${'b { '.repeat(20)}${'} '.repeat(20)}}\n`,
    good: 'model A { encoder { layer 1 { attention full } } }\n',
  },
  D012: {
    title: 'a notation of another language',
    cause:
      'The symbol means something in other languages but not in this one. It is reported instead of guessed at, so that a file reads the same to everybody.',
    advice: 'use the notation of this language',
    bad: 'model A {\n  width = 512\n}\n',
    good: 'model A {\n  width 512\n}\n',
  },
  D013: {
    title: 'a comma without a value after it',
    cause:
      'A comma joins two values. At the end of a line it carries the list to the next line, which must then begin with a number.',
    advice: 'write the next value, or remove the comma',
    bad: 'model A {\n  encoder {\n    schedule 4k, 1k,\n  }\n}\n',
    good: 'model A {\n  encoder {\n    schedule 4k, 1k\n  }\n}\n',
  },
  D014: {
    title: 'too many mistakes',
    cause:
      'At most 50 errors and 50 warnings are told of one file, the last of them being this one. With that many the file is most likely something else, or one mistake repeated.',
    advice: 'check that this is a `.ben` file, or mend the first mistakes and try again',
  },
} satisfies Readonly<Record<string, CodeEntry>>;
