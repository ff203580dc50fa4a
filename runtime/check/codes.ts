/** Codes of what an artifact says about itself, of holding it against its source, and of what a device makes of it. */
import type { CodeEntry } from '../../dsl/codes/index.ts';
import type { Diagnostic, Severity } from '../../dsl/diagnostics.ts';

const ENTRIES = {
  D650: {
    title: 'the source in the artifact is not its source',
    cause:
      'An artifact holds the text that it was compiled from, and the SHA-256 of it. The two do not belong together: one of them was changed.',
    advice: 'compile the model again; believe neither the text nor the graph',
  },
  D651: {
    title: 'metadata that are not true',
    cause:
      'What the file says of itself (model, entry, version, search, ids) is missing, impossible, there twice, or not what its graph is.',
    advice: 'compile the model again',
  },
  D652: {
    title: 'not compiled from that source',
    cause:
      'The source was compiled again with the options that the artifact names, and another graph came out: it is from another source, or was changed since.',
    advice: 'compile the model again, or name its own source',
  },
  D653: {
    title: 'compiled from another text, or by another version',
    cause:
      'The artifact’s text differs from the source without a difference in the graph (a comment, the layout), or another version of Benben made another graph of the same text.',
    advice: 'compile the model again',
  },
  D654: {
    title: 'an artifact without a source',
    cause:
      'The file does not say from what, and with which options, it was compiled: Benben did not make it, or its metadata were lost.',
    advice: 'compile the model again, or check the file without `--source`',
  },
  D655: {
    title: 'not held against the source that it carries',
    cause:
      'An artifact is compiled again from the source in it, and the two are compared; of a stranger’s file only where that ends soon: up to 40 layers and 65,536 characters. `--source` has no such limits.',
    advice: 'hold the file against its source with `--source FILE`',
  },
  D656: {
    title: 'not known whether a device has a kernel',
    cause:
      'Benben’s tables of kernels have what it writes itself, and some operators that no GPU has. Of another, or one on a type that the tables do not have or the file does not tell, nothing is said: it may run on the device or on the CPU.',
    advice: 'see where its nodes run when ONNX Runtime loads it: its log of level 1 (info) names them',
  },
  D657: {
    title: 'metadata that its source does not give',
    cause:
      'The source gives this graph, but what the file says of itself (its model’s description, parameters, ids, search) is not what the compiler writes: it was changed since, and whoever runs the file by it is misled.',
    advice: 'compile the model again',
  },
} as const satisfies Record<string, CodeEntry>;

export const CLAIM_CODES: Readonly<Record<string, CodeEntry>> = ENTRIES;

export const claimProblem = (
  code: keyof typeof ENTRIES,
  message: string,
  severity: Severity = 'error',
  help: string = ENTRIES[code].advice,
): Diagnostic => ({ code, severity, message, labels: [], help });
