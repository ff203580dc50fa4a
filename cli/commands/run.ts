/** The arguments, options and help of `benben run`. The command's code is imported when it runs. */

import { DEVICE_NAMES } from '../../runtime/devices.ts';
import type { CommandRow } from '../command.ts';
import { finite, whole } from '../options.ts';
import { MODEL, PRECISION, SEARCH, TOKENIZER, WEIGHTS } from '../shared_options.ts';

export const RUN: CommandRow = {
  name: 'run',
  summary: 'read a document and print what the model writes',
  about:
    'Compiles a .ben file into a temporary folder, or opens an .onnx file, and runs it on a document. ' +
    'The text goes to stdout; times, and the words that the encoder kept, go to stderr.',
  args: [['<file>', 'a .ben or .onnx file, or - for a .ben text on standard input']],
  options: [
    { flags: '-i, --input <file>', about: 'the document: a text file, or - for standard input' },
    MODEL,
    ...WEIGHTS,
    TOKENIZER,
    {
      flags: '--special-tokens',
      about: 'read special tokens in the document, such as </s>, as such; by default they are ordinary text',
    },
    {
      flags: '-d, --device <name>',
      about: 'the device to run on (default: auto)',
      choices: DEVICE_NAMES,
    },
    PRECISION,
    {
      flags: '--max <tokens>',
      about: 'write at most this many tokens (default: the model’s target, or 64 with random weights)',
      parse: whole(0),
    },
    { flags: '--min <tokens>', about: 'write at least this many tokens (default: 0)', parse: whole(0) },
    {
      flags: '--length-penalty <x>',
      about: 'divide the score of a text by its length to this power (default: 1)',
      parse: finite,
    },
    {
      flags: '--long <what>',
      about:
        'what to do with a document that is too long for the model: cut it, with a warning (default), or refuse it',
      choices: ['cut', 'refuse'],
    },
    ...SEARCH,
    { flags: '--stream', about: 'print the text while it is generated; for .ben files' },
  ],
  examples: [
    ['benben run model.ben --input document.txt', 'compile and run'],
    ['benben run model.onnx --input - < document.txt', 'run a compiled model'],
    [
      'benben run model.ben --input document.txt --beam 4 --stream',
      'search with four beams, print word by word',
    ],
    ['benben run model.ben --input document.txt --json', 'print text, kept words and times as JSON'],
  ],
  load: () => import('../run.ts'),
};
