/**
 * The diagnostic codes of the pipeline and the runtime. `benben explain` prints the entries of the table, and every
 * diagnostic of these stages has one of its codes. A code is never reused; the row of a retired code stays.
 */
import type { Diagnostic, Severity } from '../dsl/diagnostics.ts';

export interface CodeEntry {
  readonly code: string;
  readonly title: string;
  /** Why the problem occurs. */
  readonly cause: string;
  /** What the user can do about it. */
  readonly fix: string;
}

const ENTRIES = {
  D501: {
    title: 'file not found',
    cause: 'The file, or a folder in its path, does not exist.',
    fix: 'Check the spelling and the folder that the command runs in. Output folders are not created automatically.',
  },
  D502: {
    title: 'no permission',
    cause: 'The operating system refuses to read or write this path for the current user.',
    fix: 'Change the permissions, or choose another folder.',
  },
  D503: {
    title: 'a folder where a file is needed',
    cause: 'The path names a folder, but a file is needed.',
    fix: 'Give the path of a file in the folder.',
  },
  D504: {
    title: 'path goes through a file',
    cause: 'A component in the middle of the path is a file, not a folder.',
    fix: 'Check every folder in the path.',
  },
  D505: {
    title: 'no space left',
    cause: 'The disk is full, or your quota on it is used up. No half-written file is left behind.',
    fix: 'Free some space, or write to another disk.',
  },
  D506: {
    title: 'read-only file system',
    cause: 'The folder is on a file system that cannot be written.',
    fix: 'Write to another folder.',
  },
  D507: {
    title: 'file system error',
    cause: 'The operating system reported an error for which Benben has no separate code.',
    fix: 'Read the message: it quotes the operating system.',
  },
  D508: {
    title: 'file too large',
    cause: 'The file is larger than any reasonable file of this type.',
    fix: 'Check that the right file was named.',
  },
  D509: {
    title: 'not text',
    cause:
      'A text file is expected here. This file is an ONNX model, or it contains zero bytes or bytes that are not UTF-8, so it is binary or in another encoding.',
    fix: 'Save it as UTF-8, or give the path of the file that contains the text.',
  },
  D510: {
    title: 'empty file',
    cause: 'The file, or standard input, has no content.',
    fix: 'Check that the right file was named and that the program before the pipe wrote something.',
  },
  D511: {
    title: 'not a regular file',
    cause:
      'The path names a device, a pipe or a socket. Benben must be able to read this file in any order, which only regular files allow.',
    fix: 'Save the content to a file first.',
  },
  D512: {
    title: 'unusable seed',
    cause:
      'A seed must be an integer. A seed beyond 2^53 must be a bigint, because a JavaScript number would lose digits.',
    fix: 'Use an integer, such as 0.',
  },
  D515: {
    title: 'not a safetensors file',
    cause: 'The header is missing, is not JSON of the required form, or describes impossible tensors.',
    fix: 'Download or export the file again. Convert `.bin` and `.pt` files to safetensors first.',
  },
  D516: {
    title: 'safetensors file of the wrong size',
    cause: 'The file is shorter or longer than its header says. Usually a download was interrupted.',
    fix: 'Download or copy the file again.',
  },
  D517: {
    title: 'safetensors tensors overlap or leave gaps',
    cause: 'The byte ranges in the header do not cover the data exactly once, as the format requires.',
    fix: 'Export the file again. Such a file may have been crafted to attack its reader.',
  },
  D518: {
    title: 'weights missing',
    cause: 'The model needs tensors that the file does not contain under any name that Benben tries.',
    fix: 'Compare the layers, the poolings and the norm of the model with the model that the weights were trained for.',
  },
  D519: {
    title: 'weights of another shape',
    cause: 'The file contains the tensors, but for a model of another width, vocabulary or number of heads.',
    fix: 'Give the model the sizes that the weights were trained with.',
  },
  D520: {
    title: 'unsupported element type',
    cause: 'Benben reads weights of types F32, F16, BF16 and F64, but this tensor has another type.',
    fix: 'Convert the tensors to one of these types.',
  },
  D521: {
    title: 'NaN or infinity in weights',
    cause: 'A value is not a finite float32: the training diverged, or the file is damaged.',
    fix: 'Use an earlier checkpoint.',
  },
  D522: {
    title: 'file changed while it was read',
    cause: 'Another program wrote, replaced or shortened the file while Benben read it.',
    fix: 'Wait until the file is complete, and try again.',
  },
  D523: {
    title: 'weights left unused',
    cause: 'The file contains tensors that the model does not use.',
    fix: 'Ignore this warning if you expect it. Otherwise the weights were trained with a part that the model does not have: add this part to the model.',
  },
  D524: {
    title: 'embeddings differ',
    cause: 'Encoder, decoder and output of the model share one matrix, but the file has different ones.',
    fix: 'Do not share embeddings in the model, or use weights that were trained with shared embeddings.',
  },
  D530: {
    title: 'unusable tokenizer',
    cause: 'The file is not a valid `tokenizer.json` of Hugging Face.',
    fix: 'Use the `tokenizer.json` that `tokenizer.save_pretrained` of a fast tokenizer writes.',
  },
  D531: {
    title: 'tokenizer failed',
    cause: 'The tokenizer failed, or took far too long because its patterns backtrack.',
    fix: 'Use another tokenizer, or a shorter text.',
  },
  D532: {
    title: 'special tokens differ from the model’s',
    cause:
      'A model is compiled for one pad id and one eos id (1 and 2, as in fairseq, unless a tokenizer defines others). This tokenizer has other ids, or has no such tokens.',
    fix: 'Use the tokenizer that the model was trained with, or compile the model with this tokenizer: `--tokenizer FILE`.',
  },
  D534: {
    title: 'vocabulary too small for the tokenizer',
    cause: 'The tokenizer can produce ids that the model’s embedding matrix has no row for.',
    fix: 'Set `vocabulary` to at least the size of the tokenizer.',
  },
  D540: {
    title: 'device not available',
    cause: 'This machine, or this installation of ONNX Runtime, does not have the requested device.',
    fix: 'Use `--device cpu`, or install what the message names.',
  },
  D541: {
    title: 'model cannot be loaded',
    cause:
      'ONNX Runtime rejects the file: it is damaged, is not ONNX, lacks its `.onnx.data` file, or was made for a newer ONNX Runtime.',
    fix: 'The message says which of these is the reason. Keep the `.onnx.data` file in the folder of the model, and do not rename it. If a file was damaged or changed, compile the model again.',
  },
  D542: {
    title: 'run failed',
    cause: 'ONNX Runtime reported an error while it ran the model.',
    fix: 'The message names the operator. The usual reason is that the inputs do not fit this model.',
  },
  D543: {
    title: 'out of memory',
    cause: 'The machine does not have enough memory for the model’s intermediate values.',
    fix: 'Use a shorter document, a smaller batch or more memory.',
  },
  D544: {
    title: 'inputs do not fit the model',
    cause: 'An input is missing or unknown, or its type or shape is not what the model declares.',
    fix: 'Compare the inputs with what `benben inspect` shows.',
  },
  D545: {
    title: 'session ended',
    cause: 'The session was closed, or its thread ended unexpectedly.',
    fix: 'Open the model again.',
  },
  D548: {
    title: 'operators without a kernel on the device',
    cause:
      'ONNX Runtime has no kernel on the device for some operators of the model, or no kernel for the types of their inputs. It runs them on the CPU and copies their inputs and outputs between the device and the CPU.',
    fix: 'Compile the model for the device (`benben compile --target`), which avoids such operators where possible. `benben inspect M.onnx --device D` lists the nodes.',
  },
  D549: {
    title: 'unknown operators',
    cause:
      'The model uses operators of a domain that ONNX Runtime does not support, and contains no functions that define them.',
    fix: 'Compile the model again. Other programs may support these operators, but Benben does not.',
  },
  D551: {
    title: 'not an ONNX model',
    cause:
      'The file cannot be parsed as the protobuf messages of ONNX: it is empty, truncated, a text file or something else.',
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
      'The minimum and the maximum number of tokens must be integers. The minimum may not exceed the maximum, and the maximum may not exceed the decoder’s `target` minus one, because the end token also counts. The length penalty must be a finite number. A search has 1 to 64 beams, returns at most as many texts as it has beams, and forbids repeated n-grams of at most 64 tokens.',
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
      'The `.onnx.data` file in the folder of the model was not written together with the model, so the model may compute with the weights of another model.',
    fix: 'Copy `NAME.onnx` and `NAME.onnx.data` together, or compile the model again.',
  },
  D570: {
    title: 'impossible argument or option',
    cause:
      'A call of the JavaScript API received a value that it does not accept, or an option that it does not have. Examples of such values are a word that is not one of the choices, a string instead of a number, and one text instead of an array of texts.',
    fix: 'The message says what the value must be. TypeScript finds such mistakes before the program runs.',
  },
} as const satisfies Record<string, Omit<CodeEntry, 'code'>>;

export type RuntimeCode = keyof typeof ENTRIES;

export const RUNTIME_CODES: readonly CodeEntry[] = Object.entries(ENTRIES).map(([code, entry]) => ({
  code,
  ...entry,
}));

/**
 * A diagnostic without labels, because it does not refer to a position in a source text. `help` says what the user can
 * do.
 */
export function runtimeDiagnostic(
  code: RuntimeCode,
  message: string,
  help?: string,
  severity: Severity = 'error',
): Diagnostic {
  return { code, severity, message, labels: [], ...(help === undefined ? {} : { help }) };
}
