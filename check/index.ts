/**
 * Checks any `.onnx` file: takes the bytes of the file and returns diagnostics. The code here is pure; runtime/check/
 * reads the files on disk. A rule is one entry of a table, and `benben explain` prints the texts of the same entry.
 */

import { decodeModel } from '../compiler/onnx/decode.ts';
import type { Model } from '../compiler/onnx/model.ts';
import type { ByteSource } from '../compiler/onnx/wire.ts';
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { EXTERNAL_DATA, type FileFact } from './external.ts';
import { type Facts, factsOf } from './facts.ts';
import { FUNCTIONS } from './functions.ts';
import { LOADING } from './loading.ts';
import { NAMES } from './names.ts';
import { OPERATORS } from './operators.ts';
import { apply, type Rules } from './rule.ts';
import { STRUCTURE, WIRE_CODES } from './structure.ts';
import { TENSORS } from './tensors.ts';
import { TYPES } from './types.ts';
import { VERSIONS } from './versions.ts';

export type { Model } from '../compiler/onnx/model.ts';
export type { ByteSource } from '../compiler/onnx/wire.ts';
export { inMemory } from '../compiler/onnx/wire.ts';
export { externalLocations, type FileFact } from './external.ts';
export type { Facts } from './facts.ts';
export { beyondLimits } from './loading.ts';

/** Every rule by its code. */
export const CHECK_RULES: Rules = {
  ...STRUCTURE,
  ...VERSIONS,
  ...NAMES,
  ...FUNCTIONS,
  ...LOADING,
  ...OPERATORS,
  ...TENSORS,
  ...TYPES,
  ...EXTERNAL_DATA,
};

export interface Opened {
  /** Absent if the bytes are not protobuf messages. */
  readonly model?: Model;
  readonly facts?: Facts;
  readonly diagnostics: readonly Diagnostic[];
}

/** Decodes the bytes into a model, and gathers the facts that the rules need. */
export function openModel(source: ByteSource): Opened {
  const { model, problem, message, unknown } = decodeModel(source);
  if (!model || problem) {
    const code = WIRE_CODES[problem ?? 'broken'];
    const help = CHECK_RULES[code]!.advice;
    return { diagnostics: [{ code, severity: 'error', message: message ?? '', labels: [], help }] };
  }
  return { model, facts: factsOf(model, unknown), diagnostics: [] };
}

/**
 * The diagnostics of all broken rules, in the order of `CHECK_RULES`. `files` gives the state of each data file, by
 * location.
 */
export function checkFacts(facts: Facts, files?: ReadonlyMap<string, FileFact>): readonly Diagnostic[] {
  return apply(CHECK_RULES, files ? { ...facts, files } : facts);
}

/** Decodes and checks a file in one call. */
export function checkOnnx(source: ByteSource, files?: ReadonlyMap<string, FileFact>): readonly Diagnostic[] {
  const { facts, diagnostics } = openModel(source);
  return facts ? checkFacts(facts, files) : diagnostics;
}
