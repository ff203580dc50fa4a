/** The diagnostic codes for metadata of an artifact, its comparison with its source, and its kernels on a device. */
import type { CodeEntry } from '../../dsl/codes/index.ts';
import type { Diagnostic, Severity } from '../../dsl/diagnostics.ts';

const ENTRIES = {
  D650: {
    title: 'the source text in the artifact was changed',
    cause:
      'An artifact contains the text that it was compiled from, and the SHA-256 of that text. Here the two do not match, so one of them was changed.',
    advice: 'compile the model again; trust neither the text nor the graph',
  },
  D651: {
    title: 'invalid metadata of an artifact',
    cause:
      'The metadata of the file (model, entry, version, search, ids) are missing, impossible or repeated, or do not match its graph.',
    advice: 'compile the model again',
  },
  D652: {
    title: 'an artifact that is not compiled from the source',
    cause:
      'The source was compiled again with the options that the artifact names, but the result is a different graph. The artifact was compiled from another source, or was changed later.',
    advice: 'compile the model again, or give the source that it was compiled from',
  },
  D653: {
    title: 'an artifact from another text or another version',
    cause:
      'The text stored in the artifact is not the text of the given source, but both compile to the same graph, because only a comment or the layout differs. Or another version of Benben compiled the artifact, and that version makes a different graph from the same text.',
    advice: 'compile the model again',
  },
  D654: {
    title: 'an artifact without its source',
    cause:
      'The file does not contain its source and the options that it was compiled with. Benben did not write it, or its metadata were removed.',
    advice: 'compile the model again, or check the file without `--source`',
  },
  D655: {
    title: 'an artifact that was not compared with the source in it',
    cause:
      'Benben compiles the source text in an artifact again and compares the two graphs, but only if that is fast: up to 40 layers and 65,536 characters. `--source` has no such limits.',
    advice: 'compare the file with its source: `--source FILE`',
  },
  D656: {
    title: 'nodes that may have no kernel on a device',
    cause:
      'Benben’s tables of kernels contain the operators that Benben itself writes, and some operators for which no GPU has a kernel. If a node’s operator or type is not in the tables, or if the file does not declare the type, the node may run on the device or on the CPU.',
    advice: 'load the model with ONNX Runtime’s log level 1 (info), which names the device of each node',
  },
  D657: {
    title: 'metadata that do not match the source',
    cause:
      'The source compiles to this graph, but the metadata in the file (the model’s description, parameters, ids, search) are not those that the compiler writes. They were changed, and a program that trusts them runs the model wrongly.',
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
