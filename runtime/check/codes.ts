/** The diagnostic codes for an artifact's metadata, for its comparison with its source, and for its kernels on a device. */
import type { CodeEntry } from '../../dsl/codes/index.ts';
import type { Diagnostic, Severity } from '../../dsl/diagnostics.ts';

const ENTRIES = {
  D650: {
    title: 'source text of the artifact was changed',
    cause:
      'An artifact contains the text that it was compiled from, and the SHA-256 of that text. The two do not match: one of them was changed.',
    advice: 'compile the model again; trust neither the text nor the graph',
  },
  D651: {
    title: 'wrong metadata',
    cause:
      'The metadata of the file (model, entry, version, search, ids) are missing, impossible or repeated, or do not match its graph.',
    advice: 'compile the model again',
  },
  D652: {
    title: 'not compiled from that source',
    cause:
      'The source was compiled again with the options that the artifact names, and the result is another graph: the artifact is from another source, or was changed after it was compiled.',
    advice: 'compile the model again, or give the source that it was compiled from',
  },
  D653: {
    title: 'compiled from another text, or by another version',
    cause:
      'The source text in the artifact differs from the source, but not in its graph (a comment, the layout). Or another version of Benben compiled the artifact and makes another graph of the same text.',
    advice: 'compile the model again',
  },
  D654: {
    title: 'artifact without a source',
    cause:
      'The file does not say which source and which options it was compiled with: Benben did not write it, or its metadata were lost.',
    advice: 'compile the model again, or check the file without `--source`',
  },
  D655: {
    title: 'not compared with the source in the artifact',
    cause:
      'The source text in an artifact is compiled again and the two graphs are compared, but only if that is fast: up to 40 layers and 65,536 characters. `--source` has no such limits.',
    advice: 'compare the file with its source by `--source FILE`',
  },
  D656: {
    title: 'unknown whether a device has a kernel',
    cause:
      'Benben’s tables of kernels contain the operators that it writes itself, and some that no GPU has. A node with another operator, with a type that is not in the tables, or with a type that the file does not declare may run on the device or on the CPU.',
    advice: 'load the model with ONNX Runtime’s log level 1 (info), which names the device of each node',
  },
  D657: {
    title: 'metadata do not match the source',
    cause:
      'The source compiles to this graph, but the metadata of the file (the model’s description, parameters, ids, search) are not what the compiler writes. They were changed, and a program that trusts them runs the model wrongly.',
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
