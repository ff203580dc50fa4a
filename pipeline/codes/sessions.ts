/** Diagnostic codes D540 to D549: devices and sessions of ONNX Runtime. */
import type { CodeTable } from './entry.ts';

export const SESSION_CODES = {
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
} as const satisfies CodeTable;
