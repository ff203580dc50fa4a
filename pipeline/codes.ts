/**
 * The runtime's diagnostic codes: one table, so that `explain` prints from the same
 * place that the messages come from. A code is never reused; a retired one keeps its line.
 */
import type { Diagnostic, Severity } from '../dsl/diagnostics.ts';

export interface CodeEntry {
  readonly code: string;
  readonly title: string;
  /** Why it happens. */
  readonly cause: string;
  /** What to do about it. */
  readonly fix: string;
}

const ENTRIES = {
  D501: {
    title: 'file not found',
    cause: 'A file, or a folder on the way to it, does not exist.',
    fix: 'Check the spelling and the folder that the command runs in. Output folders are not created for you.',
  },
  D502: {
    title: 'no permission',
    cause: 'The operating system refuses to read or write this path for the current user.',
    fix: 'Change the permissions, or choose another folder.',
  },
  D503: {
    title: 'a folder where a file is needed',
    cause: 'The path names a folder.',
    fix: 'Name a file inside it.',
  },
  D504: {
    title: 'path goes through a file',
    cause: 'Something in the middle of the path is a file, not a folder.',
    fix: 'Check the path from its beginning.',
  },
  D505: {
    title: 'no space left',
    cause:
      'The disk, or your quota on it, is full or too small for what is to be written. Nothing half-written is left behind.',
    fix: 'Free some space, or write to another disk.',
  },
  D506: {
    title: 'read-only file system',
    cause: 'The folder is on a file system that cannot be written.',
    fix: 'Write to another folder.',
  },
  D507: {
    title: 'file system error',
    cause: 'The operating system reported an error that has no code of its own here.',
    fix: 'The message carries the system’s own words.',
  },
  D508: {
    title: 'file too large',
    cause: 'The file is larger than anything of its kind could sensibly be.',
    fix: 'Check that the right file was named.',
  },
  D509: {
    title: 'not text',
    cause:
      'The file is an ONNX model where a text is wanted, or it holds zero bytes or bytes that are not UTF-8, so it is binary or in another encoding.',
    fix: 'Save it as UTF-8, or name the file that holds the text.',
  },
  D510: {
    title: 'empty file',
    cause: 'The file, or standard input, has no content.',
    fix: 'Check that the right file was named and that the program before the pipe wrote something.',
  },
  D511: {
    title: 'not a regular file',
    cause: 'The path names a device, a pipe or a socket, where parts of a file must be read in any order.',
    fix: 'Save the content to a file first.',
  },
  D512: {
    title: 'unusable seed',
    cause: 'A seed must be a whole number; one beyond 2^53 must be a bigint, or digits would be lost.',
    fix: 'Use a whole number, such as 0.',
  },
  D515: {
    title: 'not a safetensors file',
    cause: 'The header is missing, is not JSON of the required form, or describes impossible tensors.',
    fix: 'Download or export the file again; `.bin` and `.pt` files must be converted first.',
  },
  D516: {
    title: 'safetensors file of the wrong size',
    cause: 'The file is shorter or longer than its header says: usually a download or copy that stopped.',
    fix: 'Download or copy the file again.',
  },
  D517: {
    title: 'safetensors tensors overlap or leave gaps',
    cause: 'The byte ranges in the header do not cover the data exactly once, as the format demands.',
    fix: 'Export the file again; a file like this may have been made to deceive.',
  },
  D518: {
    title: 'weights missing',
    cause: 'The model has tensors that the file does not hold under any name that Benben knows.',
    fix: 'Compare the model with the one that the weights were trained for: layers, poolings, norm.',
  },
  D519: {
    title: 'weights of another shape',
    cause: 'The file holds the tensors, for a model of another width, vocabulary or head count.',
    fix: 'Give the model the sizes that the weights were trained with.',
  },
  D520: {
    title: 'unsupported element type',
    cause: 'Weights are read from F32, F16, BF16 and F64; this tensor is of another type.',
    fix: 'Convert the tensors to one of these.',
  },
  D521: {
    title: 'NaN or infinity in weights',
    cause: 'A tensor holds a value that is not a finite float32: training diverged or the file is damaged.',
    fix: 'Use an earlier checkpoint.',
  },
  D522: {
    title: 'file changed while it was read',
    cause: 'Another program wrote, replaced or shortened the file meanwhile.',
    fix: 'Wait until it is complete, and try again.',
  },
  D523: {
    title: 'weights left unused',
    cause: 'The file holds tensors that the model has no place for.',
    fix: 'Nothing, if you expect it; otherwise the model lacks a part that the weights were trained with.',
  },
  D524: {
    title: 'embeddings differ',
    cause: 'The model uses one matrix for encoder, decoder and output; the file holds different ones.',
    fix: 'Do not share embeddings in the model, or use weights trained with shared ones.',
  },
  D530: {
    title: 'unusable tokenizer',
    cause: 'The file is not a Hugging Face tokenizer.json that can be built.',
    fix: 'Take the `tokenizer.json` saved by `tokenizer.save_pretrained` of a fast tokenizer.',
  },
  D531: {
    title: 'tokenizer failed',
    cause: 'The tokenizer broke off, or took far longer than any sound one takes: its patterns are at fault.',
    fix: 'Use another tokenizer, or a shorter text.',
  },
  D532: {
    title: 'special tokens differ from the model’s',
    cause:
      'A model is compiled for one id that pads and one that ends a text (1 and 2, as in fairseq, unless a tokenizer says otherwise), and this tokenizer has others, or none.',
    fix: 'Use the tokenizer that the model was trained with, or compile the model with this one: `--tokenizer FILE`.',
  },
  D534: {
    title: 'vocabulary too small for the tokenizer',
    cause: 'The tokenizer can produce ids that the model’s embedding has no row for.',
    fix: 'Set `vocabulary` to the tokenizer’s size or more.',
  },
  D540: {
    title: 'device not available',
    cause: 'This machine, or this installation of ONNX Runtime, does not have the device asked for.',
    fix: 'Use `--device cpu`, or install what the message names.',
  },
  D541: {
    title: 'model cannot be loaded',
    cause:
      'ONNX Runtime refuses the file: damaged, not ONNX, without its `.onnx.data`, or made for a newer ONNX Runtime.',
    fix: 'The message says which. Keep the `.onnx.data` file beside the model, under its own name; if a file was damaged or changed, compile the model again.',
  },
  D542: {
    title: 'run failed',
    cause: 'ONNX Runtime stopped in the middle of the model.',
    fix: 'The message names the operator; a document that is not for this model is the usual reason.',
  },
  D543: {
    title: 'out of memory',
    cause: 'There is not enough memory for the model’s intermediate values.',
    fix: 'Use a shorter document, a smaller batch or more memory.',
  },
  D544: {
    title: 'inputs do not fit the model',
    cause: 'An input is missing, unknown, or of another type or shape than the model declares.',
    fix: 'Compare with `benben inspect`.',
  },
  D545: {
    title: 'session ended',
    cause: 'The session was closed, or its thread died.',
    fix: 'Open it again.',
  },
  D548: {
    title: 'operators without a kernel on the device',
    cause:
      'ONNX Runtime has no kernel on the device for some operators of the model, or none for their type. It runs them on the CPU, with a copy there and back.',
    fix: 'Compile the model for the device (`benben compile --target`), which avoids what it can. `benben inspect M.onnx --device D` lists the nodes.',
  },
  D549: {
    title: 'unknown operators',
    cause:
      'The model uses operators of a domain that ONNX Runtime does not know, and says nothing of what they mean.',
    fix: 'Compile it again; other programs may know those operators, Benben does not.',
  },
  D551: {
    title: 'not an ONNX model',
    cause:
      'The file cannot be read as the protobuf messages of ONNX: it is empty, truncated, a text or something else.',
    fix: 'Name an `.onnx` file, or compile it again.',
  },
  D552: {
    title: 'too large for one file',
    cause: 'protobuf messages end at 2 GiB, and a model in one file is one message.',
    fix: 'Leave out `--single-file`: the weights then lie in `NAME.onnx.data` beside the model.',
  },
  D553: {
    title: 'document longer than the model reads',
    cause:
      'The schedule’s first length is the most tokens that the model was made for; the rest is left out.',
    fix: 'Use a model with a longer schedule, split the document, or `--long refuse` to make this an error.',
  },
  D554: {
    title: 'this artifact cannot do that',
    cause:
      'The file was not compiled by Benben, or for another entry point; or what it says about itself is not true.',
    fix: 'Compile the model again with the entry that is needed (`--entry generate` writes text).',
  },
  D555: {
    title: 'no such model in the file',
    cause: 'The source holds no model of the name that was asked for, or no model at all.',
    fix: 'Use one of its names; without `--model`, commands for one model take the first.',
  },
  D556: {
    title: 'impossible limits for a text',
    cause:
      'The fewest and the most tokens of a text must be whole numbers, the first at most the second, and the second at most what the decoder’s `target` leaves beside the end mark. The length penalty must be a finite number. A search has 1 to 64 beams, gives at most as many texts, and bars n-grams of at most 64 words.',
    fix: 'Use smaller limits, or a model with a longer `target`; to get more texts, search with more beams.',
  },
  D557: {
    title: 'the model computes no numbers',
    cause:
      'Its results are infinite or not a number. The data file beside the model is damaged or belongs to another model, or the weights were trained into overflow.',
    fix: 'Compile the model again from its source and weights.',
  },
  D558: {
    title: 'model too far from float32',
    cause:
      'On the calibration text the model in fewer bits differs from the same model in float32 by more than `--max-error` allows. Nothing was written.',
    fix: 'Use a `--precision` of more bits, calibrate on a text of the kind that the model is for, or allow more.',
  },
  D559: {
    title: 'error against float32 not measured',
    cause:
      'The model could not be run on the calibration text, so the artifact does not say how far it is from float32.',
    fix: 'The message says why. `--no-error-report` leaves the measurement out without a warning.',
  },
  D561: {
    title: 'no text keeps to the limits',
    cause:
      'The model was compiled with `--no-repeat-ngram`, and the fewest tokens asked for are more than can be written without repeating: all ways on are barred before one may end.',
    fix: 'Ask for fewer tokens with `--min`, or compile the model with a longer n-gram.',
  },
  D562: {
    title: 'fp16 for a target without float16 arithmetic',
    cause:
      'ONNX Runtime computes in float16 on GPUs. On the CPU it has kernels for a few operators only and converts around all others, which is slower than float32 and no smaller in memory.',
    fix: 'Use `--precision int8` for the CPU, or compile for a GPU with `--target cuda` or `--target webgpu`.',
  },
  D565: {
    title: 'not a file of devices',
    cause:
      'A file named by `--on` is not JSON, or does not describe devices as `benben.devices/1` does: a name, rates of at least fp32, and numbers that a machine may have.',
    fix: 'The message names what is wrong. `benben bench --calibrate FILE` writes a file to begin with.',
  },
  D566: {
    title: 'no such device in the table',
    cause: 'A time is to be predicted for a device that the table does not have.',
    fix: 'Use one of its names, or describe the device in a file: `--on FILE.json`.',
  },
  D567: {
    title: 'data of another artifact',
    cause: 'The weights beside the model are others than it was written with: its text may be another’s.',
    fix: 'Copy `NAME.onnx` and `NAME.onnx.data` together, or compile the model again.',
  },
  D570: {
    title: 'impossible argument or option',
    cause:
      'A call of the JavaScript API was given a value that it cannot take (a word that is no choice, a string for a number, one text for an array of texts), or an option that it does not have.',
    fix: 'The message says what the value must be. TypeScript finds such mistakes before the program runs.',
  },
} as const satisfies Record<string, Omit<CodeEntry, 'code'>>;

export type RuntimeCode = keyof typeof ENTRIES;

export const RUNTIME_CODES: readonly CodeEntry[] = Object.entries(ENTRIES).map(([code, entry]) => ({
  code,
  ...entry,
}));

/** A diagnostic that points into no text: `message` says what and why, `help` what to do. */
export function runtimeDiagnostic(
  code: RuntimeCode,
  message: string,
  help?: string,
  severity: Severity = 'error',
): Diagnostic {
  return { code, severity, message, labels: [], ...(help === undefined ? {} : { help }) };
}
