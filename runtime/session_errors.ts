/** ONNX Runtime's messages, in the words and the length that a person can use. */
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from './codes.ts';

const LONGEST = 300;

const OUT_OF_MEMORY = /bad_alloc|failed to allocate|out of memory|available memory of/i;

/** WebGPU's adapters may do without; ONNX Runtime notices when it writes the first shader. */
const LACKS_HALF = /requires f16 but the device does not support it/;
const WITHOUT_HALF =
  'this device has no 16-bit floats: compile without `--precision fp16`, or use --device cpu';

export function openingFailure(model: string, device: string, message: string): Diagnostic {
  if (/onnxruntime_binding|libonnxruntime|ERR_DLOPEN_FAILED|Cannot find module/.test(message)) {
    const what = `ONNX Runtime does not start on ${process.platform}/${process.arch}: ${trim(message)}`;
    return runtimeDiagnostic(
      'D540',
      what,
      'run `npm ls onnxruntime-node`; it has no build for every platform',
    );
  }
  if (OUT_OF_MEMORY.test(message)) return outOfMemory('while it was loaded', message);
  if (device !== 'cpu' && /provider|device|adapter|driver/i.test(message)) {
    return runtimeDiagnostic('D540', `device ${device} does not start: ${trim(message)}`, 'use --device cpu');
  }
  return runtimeDiagnostic('D541', `cannot load ${model}: ${trim(message)}`, helpWithLoading(message));
}

function helpWithLoading(message: string): string {
  if (/external data|External initializer|\.data/i.test(message))
    return 'keep the `.onnx.data` file beside the model';
  if (/Protobuf parsing failed|ModelProto/i.test(message))
    return 'the file is damaged or not ONNX: compile it again';
  return 'compile it again with this version';
}

export function runFailure(message: string): Diagnostic {
  if (OUT_OF_MEMORY.test(message)) return outOfMemory('in the middle of a run', message);
  const help = LACKS_HALF.test(message) ? WITHOUT_HALF : undefined;
  return runtimeDiagnostic('D542', `the run failed: ${trim(message)}`, help);
}

function outOfMemory(when: string, message: string): Diagnostic {
  const help = 'use a shorter document or a smaller batch';
  return runtimeDiagnostic('D543', `the model ran out of memory ${when}: ${trim(message)}`, help);
}

/** Without the places in ONNX Runtime's own source files, on one line. */
export function trim(message: string): string {
  const line = message
    .replace(/\[E:onnxruntime:[^\]]*\]\s*/g, '')
    .replace(
      /Non-zero status code returned while running (\S+) node\. Name:'([^']*)' Status Message:/g,
      "in $1 '$2':",
    )
    .replace(/\S*\/onnxruntime\/\S+\.(?:cc|h|cpp):\d+\s*/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
