/** The arguments, options and help of `benben compile`. The command's code is imported when it runs. */

import { OPSETS } from '../../compiler/ir/opsets.ts';
import { TARGETS } from '../../passes/pass.ts';
import { ENTRY_NAMES } from '../../pipeline/entry_ports.ts';
import type { CommandRow } from '../command.ts';
import { fromZero, whole } from '../options.ts';
import { FILE, MODEL, PRECISION, SEARCH, TOKENIZER, WEIGHTS } from '../shared_options.ts';

const [lowest, highest] = [OPSETS[0]!.opset, OPSETS.at(-1)!.opset];
const opset = whole(lowest, highest);

export const COMPILE: CommandRow = {
  name: 'compile',
  summary: 'write a model as ONNX',
  about: 'Writes NAME.onnx, and its weights as NAME.onnx.data in the same folder.',
  args: [FILE],
  options: [
    MODEL,
    {
      flags: '-o, --output <path>',
      about: 'the file to write, or its folder (default: MODEL.onnx, or MODEL.ENTRY.onnx, in this folder)',
    },
    {
      flags: '-e, --entry <name>',
      about: 'what the graph computes (default: generate, or encode for a model without a decoder)',
      choices: ENTRY_NAMES,
    },
    {
      flags: '-t, --target <name>',
      about: 'the kind of device that the model will run on (default: cpu)',
      choices: TARGETS,
    },
    {
      flags: '--opset <number>',
      about:
        'write this ONNX opset, for older versions of ONNX Runtime (default: the lowest opset that the fastest operators allow)',
      parse: opset,
    },
    ...WEIGHTS,
    TOKENIZER,
    PRECISION,
    {
      flags: '--calibrate <file>',
      about: 'measure the error of fp16, int8 and int4 on this text (default: a short built-in text)',
    },
    {
      flags: '--max-error <x>',
      about: 'refuse a model whose largest error is above this number',
      parse: fromZero,
    },
    { flags: '--no-error-report', about: 'do not measure the error of fp16, int8 and int4' },
    {
      flags: '--data <name>',
      about: 'the data file that all entries of the model share, in the folder of the artifact',
    },
    { flags: '--single-file', about: 'put the weights into the .onnx file (up to 2 GiB)' },
    {
      flags: '--inline',
      about: 'expand the ai.benben functions, for runtimes without model-local functions',
    },
    {
      flags: '--compat <name>',
      about: 'pad as the paper’s published code does, for weights that were trained with that code',
      choices: ['paper'],
    },
    ...SEARCH,
    {
      flags: '--print-ir [pass]',
      about:
        'print the graph after this pass (default: the last pass; "lower": before all passes) and write nothing; give this option after the file',
    },
  ],
  examples: [
    ['benben compile model.ben -o model.onnx', 'with random weights from seed 0'],
    ['benben compile model.ben --weights model.safetensors', 'with trained weights'],
    ['benben compile model.ben --precision int8', 'smaller and faster; the error is measured'],
    ['benben compile model.ben --entry encode --print-ir lower', 'print the graph instead of writing files'],
  ],
  load: () => import('../compile.ts'),
};
