/** Recognises well-known formats of models and weights by the first bytes of a file, to say what a mistaken file is. */

/** At most this number of bytes from the beginning of a file is needed. */
export const HEAD_BYTES = 1024;

export interface FileFormat {
  /** With its article, such as `a GGUF file`. */
  readonly name: string;
  /** What to do if weights are expected (safetensors). */
  readonly forWeights: string;
  /** What to do if an ONNX model is expected. */
  readonly forModel: string;
}

interface Recognised extends FileFormat {
  readonly fits: (head: Uint8Array, text: string) => boolean;
}

const startsWith =
  (...starts: readonly string[]) =>
  (_: Uint8Array, text: string): boolean =>
    starts.some((start) => text.startsWith(start));

const at =
  (offset: number, word: string) =>
  (_: Uint8Array, text: string): boolean =>
    text.startsWith(word, offset);

/** A little-endian length of 8 bytes, then JSON. Spaces may precede the JSON. */
function isSafetensors(head: Uint8Array, text: string): boolean {
  if (head.length < 10) return false;
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  return length > 1n && length <= 100_000_000n && /^\s*\{\s*["}]/.test(text.slice(8, 200));
}

const TO_SAFETENSORS = `python -c "import sys, torch, safetensors.torch as s; s.save_file({k: v.contiguous().clone() for k, v in torch.load(sys.argv[1], map_location='cpu', weights_only=True).items()}, sys.argv[2])" OLD.pt NEW.safetensors`;
const FROM_PYTORCH = {
  forWeights: `convert it in Python, where torch and safetensors are installed: ${TO_SAFETENSORS}`,
  forModel:
    'export the model in Python with torch.onnx.export(model, inputs, "model.onnx"); a checkpoint has only weights, and no graph that could be exported',
};

const again = (what: string) => ({ forWeights: what, forModel: what });

/** The first row that fits is the format. */
const FORMATS: readonly Recognised[] = [
  {
    name: 'a safetensors file, which contains weights but no graph',
    fits: isSafetensors,
    forWeights: '',
    forModel: 'to compile a model with these weights, run `benben compile F.ben --weights FILE`',
  },
  {
    name: 'a NumPy file',
    // An .npz file is a zip file of .npy files.
    fits: (_, text) =>
      text.startsWith('\x93NUMPY') || (text.startsWith('PK\x03\x04') && text.slice(30, 200).includes('.npy')),
    forWeights: 'save the arrays in Python with safetensors.numpy.save_file(arrays, "NEW.safetensors")',
    forModel: 'arrays contain no graph; export the model itself as ONNX',
  },
  {
    name: 'a zip file, as PyTorch’s .pt, .pth and .bin files and TorchScript’s files are',
    fits: startsWith('PK\x03\x04', 'PK\x05\x06'),
    ...FROM_PYTORCH,
  },
  {
    name: 'a Python pickle, as older .pt, .pth and .bin files of PyTorch are',
    fits: startsWith('\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'),
    ...FROM_PYTORCH,
  },
  {
    name: 'a GGUF file',
    fits: startsWith('GGUF'),
    forWeights: 'download the model’s safetensors files instead; a GGUF file is quantised for llama.cpp',
    forModel: 'a GGUF file is for llama.cpp; export the original model as ONNX',
  },
  {
    name: 'a TensorFlow Lite model',
    fits: at(4, 'TFL3'),
    forWeights: 'download or export the weights as safetensors',
    forModel: 'convert it in Python: python -m tf2onnx.convert --tflite OLD.tflite --output NEW.onnx',
  },
  {
    name: 'an HDF5 file, as older files of Keras are',
    fits: startsWith('\x89HDF\r\n\x1a\n'),
    forWeights: 'download or export the weights as safetensors',
    forModel: 'load the model in Keras and export it there with model.export("NEW.onnx", format="onnx")',
  },
  {
    name: 'a model in ONNX Runtime’s own format (.ort)',
    fits: at(4, 'ORTM'),
    ...again('use the .onnx file from which it was converted'),
  },
  {
    name: 'a web page',
    fits: (_, text) => /^\s*<(?:!doctype html|html)/i.test(text),
    ...again('open the address in a browser: the server may require a login, or a link to the file itself'),
  },
  {
    name: 'a file that is compressed with gzip',
    fits: startsWith('\x1f\x8b'),
    ...again('decompress it first'),
  },
  {
    name: 'a tar archive',
    fits: at(257, 'ustar'),
    ...again('unpack it first, and give the path of the model inside'),
  },
];

/** The format of a file with these first bytes, if it is well known. ONNX itself is not among the formats. */
export function formatOf(head: Uint8Array): FileFormat | undefined {
  const text = String.fromCharCode(...head.subarray(0, HEAD_BYTES));
  return FORMATS.find(({ fits }) => fits(head, text));
}
