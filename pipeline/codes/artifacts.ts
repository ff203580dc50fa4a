/** Diagnostic codes of 550 or more: artifacts, calls, precision and device files. */
import type { CodeTable } from './entry.ts';

export const ARTIFACT_CODES = {
  D551: {
    title: 'not an ONNX model',
    cause:
      'The file cannot be parsed as the protobuf messages of ONNX: it is empty, truncated, a text file, weights without a graph, a model in another format, or something else.',
    fix: 'Give the path of an `.onnx` file, or compile the model again.',
  },
  D552: {
    title: 'too large for one file',
    cause: 'A model in one file is a single protobuf message, which cannot be larger than 2 GiB.',
    fix: 'Leave out `--single-file`: the weights are then written to `NAME.onnx.data` in the folder of the model.',
  },
  D553: {
    title: 'document longer than the model reads',
    cause: 'The first length of the schedule is the limit. The rest of the document is left out.',
    fix: 'Use a model with a longer schedule, or split the document. `--long refuse` makes this an error.',
  },
  D554: {
    title: 'artifact unsuitable for this call',
    cause:
      'The file was not compiled by Benben, was compiled for another entry point, or has wrong metadata.',
    fix: 'Compile the model again with the entry that is needed (`--entry generate` writes text).',
  },
  D555: {
    title: 'no such model in the file',
    cause: 'The source contains no model of the requested name, or no model at all.',
    fix: 'Use the name of one of its models. Without `--model`, commands for one model use the first.',
  },
  D556: {
    title: 'impossible limits for a text',
    cause:
      'The minimum and the maximum number of tokens must be integers. The minimum may not exceed the maximum, and the maximum may not exceed the decoder’s `target` minus one, because the end token also counts. The length penalty must be a number with which the scores of the longest text fit in float32. A search has 1 to 64 beams, returns at most as many texts as it has beams, and forbids repeated n-grams of at most 64 tokens.',
    fix: 'Use smaller limits, or a model with a longer `target`. To get more texts, search with more beams.',
  },
  D557: {
    title: 'the model computes NaN or infinity',
    cause:
      'Results of the model are infinite or not a number. The data file of the model is damaged or belongs to another model, or the training diverged.',
    fix: 'Compile the model again from its source and weights.',
  },
  D558: {
    title: 'model too far from float32',
    cause:
      'On the calibration text, the quantised model differs from the same model in float32 by more than `--max-error` allows. Nothing was written.',
    fix: 'Use a `--precision` of more bits, calibrate on a text that is typical for the model, or raise `--max-error`.',
  },
  D559: {
    title: 'error against float32 not measured',
    cause:
      'The model could not be run on the calibration text, so the artifact does not state its error against float32.',
    fix: 'The message says why. `--no-error-report` skips the measurement without a warning.',
  },
  D561: {
    title: 'no text meets the limits',
    cause:
      'The model was compiled with `--no-repeat-ngram`, and the search found no text of at least `--min` tokens that repeats no n-gram.',
    fix: 'Use a smaller `--min`, or compile the model with a longer n-gram.',
  },
  D562: {
    title: 'fp16 for a target without float16 arithmetic',
    cause:
      'ONNX Runtime computes in float16 on GPUs. On the CPU only a few operators have float16 kernels. For all others it converts the inputs to float32 and the results back, so the model is slower than a float32 model and saves no memory.',
    fix: 'Use `--precision int8` for the CPU, or compile for a GPU with `--target cuda` or `--target webgpu`.',
  },
  D565: {
    title: 'not a device file',
    cause:
      'A file given to `--on` is not JSON, or does not follow the schema `benben.devices/1`: each device needs a name, rates for at least fp32, and values within the limits of real machines.',
    fix: 'The message says what is wrong. `benben bench --calibrate FILE` writes a file to start from.',
  },
  D566: {
    title: 'no such device in the table',
    cause: 'A time prediction was requested for a device that is not in the table.',
    fix: 'Use a name from the table, or describe the device in a file: `--on FILE.json`.',
  },
  D567: {
    title: 'data of another artifact',
    cause:
      'The data file in the folder of the model was not written together with the model, so the model would compute with the weights of another model. One of the two files was copied alone, or a compilation was killed after it replaced the first of them.',
    fix: 'Copy `NAME.onnx` and `NAME.onnx.data` together, or compile the model again.',
  },
  D570: {
    title: 'impossible argument or option',
    cause:
      'A call of the JavaScript API received a value that it does not accept, or an option that it does not have. Examples of such values are a word that is not one of the choices, a string instead of a number, and one text instead of an array of texts.',
    fix: 'The message says what the value must be. TypeScript finds such mistakes before the program runs.',
  },
  D571: {
    title: 'an id that the model does not have',
    cause:
      'A tensor of ids has a number below 0, or one that is not smaller than the vocabulary of the model. ONNX Runtime would read a negative number from the end of the table of embeddings, and so another token.',
    fix: 'Use the tokenizer that the model was trained with. Positions that are padding need a valid id too, such as the id of the pad token.',
  },
  D575: {
    title: 'a file outside the model’s folder',
    cause:
      'The model names a data file or a tokenizer in another folder: by its path, or through a link. Whoever made the model could let Benben read any file of yours in this way, so the file is not opened. Files may be in the folder of the model, and, if the model is itself a link, in the folder that the link leads to.',
    fix: 'Put the file into the folder of the model. A tokenizer can also be given by `--tokenizer FILE`.',
  },
  D576: {
    title: 'a Git LFS pointer',
    cause:
      'The file is a text of a few lines that Git LFS puts in the place of a large file until the large file is downloaded.',
    fix: 'Run `git lfs pull` in the repository.',
  },
  D577: {
    title: 'an artifact in two folders',
    cause:
      'The path of an output is a link to a file in another folder. An artifact consists of several files, and ONNX Runtime reads them only from one folder.',
    fix: 'Name the file that the link leads to, or remove the link.',
  },
  D578: {
    title: 'a shared data file with other contents',
    cause:
      'The file of `--data` exists, but it does not contain exactly the weights of this model in this form, so artifacts that use it would break if it were replaced.',
    fix: 'Use the same weights, `--precision`, `--target`, `--compat` and tokenizer as for the first artifact, or name another file.',
  },
  D579: {
    title: 'no text was written',
    cause: 'The first token that the model chose is the end token, so the text is empty.',
    fix: 'With random weights this happens by chance. `--min N` forbids the end token for the first N tokens.',
  },
} as const satisfies CodeTable;
