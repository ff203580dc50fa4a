/** Translates the messages of ONNX Runtime into diagnostics with short messages and advice. */
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';

const LONGEST = 300;

const OUT_OF_MEMORY = /bad_alloc|failed to allocate|out of memory|available memory of/i;

/** A WebGPU adapter may lack float16, which ONNX Runtime notices when it compiles the first shader. */
const LACKS_HALF = /requires f16 but the device does not support it/;
const WITHOUT_HALF =
  'this device does not support float16: compile without `--precision fp16`, or use --device cpu';

export function openingFailure(model: string, device: string, message: string): Diagnostic {
  if (/onnxruntime_binding|libonnxruntime|ERR_DLOPEN_FAILED|Cannot find module/.test(message)) {
    const what = `ONNX Runtime does not start on ${process.platform}/${process.arch}: ${trim(message)}`;
    return runtimeDiagnostic(
      'D540',
      what,
      'check with `npm ls onnxruntime-node` that it is installed; it does not have a build for every platform',
    );
  }
  if (OUT_OF_MEMORY.test(message)) return outOfMemory('while it was loaded', message);
  if (device !== 'cpu' && /provider|device|adapter|driver/i.test(message)) {
    return runtimeDiagnostic('D540', `device ${device} does not start: ${trim(message)}`, 'use --device cpu');
  }
  return runtimeDiagnostic('D541', `cannot load ${model}: ${trim(message)}`, helpWithLoading(message));
}

/**
 * Advice for messages of ONNX Runtime about a file, specific messages first. `$1` is replaced by the first group that
 * matched.
 */
const LOADING: readonly (readonly [RegExp, string])[] = [
  [
    /escapes model directory/,
    'its data file must be in the folder of the model, because ONNX Runtime reads none outside it: compile the model again',
  ],
  [
    /External data path does not exist: "?(?:[^"]*[\\/])?([^"\\/]+)"?/,
    '$1 is missing: keep the `.onnx.data` file beside the model, under exactly this name',
  ],
  [
    /External initializer|external data/i,
    'its data file is incomplete or belongs to another model: copy both files again, or compile the model again',
  ],
  [
    /Unsupported model IR version|only \*guarantees\* support/,
    'it was made for a newer ONNX Runtime than this one: update onnxruntime-node, or compile the model again with this version of Benben',
  ],
  [
    /No Op registered for (\S+)|(\S+) is not a registered function/,
    'this ONNX Runtime has no operator $1: compile the model again with this version of Benben, or with `--target portable`',
  ],
  [
    /Protobuf parsing failed|ModelProto/i,
    'the file is damaged or is not ONNX: copy it again, or compile the model again',
  ],
  [
    /invalid model|ShapeInferenceError|Type Error/i,
    'its graph is inconsistent, because the file was changed after it was compiled or is damaged: compile the model again',
  ],
];

function helpWithLoading(message: string): string {
  for (const [said, help] of LOADING) {
    const found = said.exec(message);
    if (found) return help.replace('$1', found[1] ?? found[2] ?? '');
  }
  return '`benben doctor` says whether ONNX Runtime works on this machine; if it does, compile the model again';
}

export function runFailure(message: string): Diagnostic {
  if (OUT_OF_MEMORY.test(message)) return outOfMemory('during a run', message);
  const help = LACKS_HALF.test(message) ? WITHOUT_HALF : undefined;
  return runtimeDiagnostic('D542', `the run failed: ${trim(message)}`, help);
}

function outOfMemory(when: string, message: string): Diagnostic {
  const help = 'use a shorter document or a smaller batch';
  return runtimeDiagnostic('D543', `the model ran out of memory ${when}: ${trim(message)}`, help);
}

/** Shortens a message to one line, without repetitions and without positions in ONNX Runtime's source files. */
export function trim(message: string): string {
  const line = message
    .replace(/\[E:onnxruntime:[^\]]*\]\s*/g, '')
    .replace(
      /Non-zero status code returned while running (\S+) node\. Name:'([^']*)' Status Message:/g,
      "in $1 '$2':",
    )
    .replace(/\S*\/onnxruntime\/\S+\.(?:cc|h|cpp):\d+\s*/g, '')
    .replace(/\b\w+\.(?:cc|h|cpp):\d+ \w+ /g, '')
    .replace(/\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : /g, '')
    // The signatures of ONNX Runtime's functions would be most of the message.
    .replace(/(?:(?:void|bool|\w+::[\w:]+) )?onnxruntime::[\w:]+\([^()]*\)(?: const)?\s*/g, '')
    .replace(/Load model from .*?\.onnx (?:failed:)?\s*/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
