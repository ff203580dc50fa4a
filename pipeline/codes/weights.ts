/** Diagnostic codes D515 to D529, D583 and D584: weights in safetensors files. */
import type { CodeTable } from './entry.ts';

export const WEIGHT_CODES = {
  D515: {
    title: 'not a safetensors file',
    cause: 'The header is missing, is not JSON of the required form, or describes impossible tensors.',
    fix: 'Download or export the file again. Convert `.bin` and `.pt` files to safetensors first; the message has a line of Python that does this.',
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
  D583: {
    title: 'unusable index of weights',
    cause:
      'The index of a checkpoint in several files (`model.safetensors.index.json`) is not JSON of the required form, names a file outside its own folder, or names tensors that its files do not contain.',
    fix: 'Download or export the checkpoint again, and keep all its files in one folder.',
  },
  D584: {
    title: 'no weights, or several, in a folder',
    cause:
      'A folder of weights must contain `model.safetensors.index.json`, `model.safetensors`, or exactly one other safetensors file.',
    fix: 'Name the file of the weights instead of the folder.',
  },
} as const satisfies CodeTable;
