/** The facts that rules read: the model, its scopes and functions, and the results of inference. */

import type { LocalFunction, Model } from '../compiler/onnx/model.ts';
import type { FileFact } from './external.ts';
import { addTo, groupBy } from './groups.ts';
import { type Inference, infer } from './infer/index.ts';
import { functionKey, importsIn } from './keys.ts';
import { type Scope, scopesOf, type Trouble } from './scopes.ts';
import { type PlacedTensor, tensorsIn, trainingParts } from './tensors.ts';

export interface Facts {
  readonly model: Model;
  /** Fields that ONNX does not define, and how often each occurs. */
  readonly unknownFields: ReadonlyMap<string, number>;
  /** The version of each domain that the model imports. */
  readonly imports: ReadonlyMap<string, number>;
  readonly functions: ReadonlyMap<string, LocalFunction>;
  /**
   * The keys of the functions that call themselves, directly or through other functions, and of all functions that
   * call one of these functions. Inference enters none of them.
   */
  readonly recursive: ReadonlySet<string>;
  /** The scopes of the graph, then the scopes of the functions. A body comes after the scope that contains it. */
  readonly scopes: readonly Scope[];
  /** The same scopes, grouped by their root: '' for the graph, or the key of a function. */
  readonly byRoot: ReadonlyMap<string, readonly Scope[]>;
  readonly trouble: Trouble;
  /** Every tensor of the file, with its position in the model. */
  readonly tensors: readonly PlacedTensor[];
  /** The states of the data files, by location. Absent if the file system was not read. */
  readonly files?: ReadonlyMap<string, FileFact>;
  /** The results of inference, which runs on first access. */
  readonly inference: Inference;
}

export function factsOf(model: Model, unknownFields: Facts['unknownFields']): Facts {
  const imports = importsIn(model.opsetImport);
  const functions = new Map(
    // If functions have the same key, the map keeps the first one, and D620 reports the others.
    [...model.functions].reverse().map((f) => [functionKey(f.domain, f.name, f.overload), f]),
  );
  const { scopes, trouble } = scopesOf(model, imports);
  const recursive = recursiveOf(scopes, functions);
  const byRoot = groupBy(scopes, ({ root }) => root);
  let inference: Inference | undefined;
  const facts: Facts = {
    model,
    unknownFields,
    imports,
    functions,
    recursive,
    scopes,
    byRoot,
    trouble,
    tensors: [...tensorsIn([...scopes, ...trainingParts(model)])],
    get inference() {
      inference ??= infer(facts);
      return inference;
    },
  };
  return facts;
}

/** Computes `Facts.recursive`. */
function recursiveOf(
  scopes: readonly Scope[],
  functions: ReadonlyMap<string, LocalFunction>,
): ReadonlySet<string> {
  const calls = new Map<string, Set<string>>();
  for (const { root, nodes } of scopes) {
    if (root === '') continue;
    const called = calls.get(root) ?? new Set();
    calls.set(root, called);
    for (const { domain, opType, overload } of nodes) {
      const key = functionKey(domain, opType, overload);
      if (functions.has(key)) called.add(key);
    }
  }
  // Removes each function that calls only removed functions. The functions that remain at the end call themselves, or
  // call such a function.
  const callers = new Map<string, string[]>();
  for (const [caller, called] of calls) for (const key of called) addTo(callers, key, caller);
  const open = new Map([...calls].map(([key, called]) => [key, called.size]));
  const done = [...functions.keys()].filter((key) => (open.get(key) ?? 0) === 0);
  for (const key of done) {
    for (const caller of callers.get(key) ?? []) {
      const left = open.get(caller)! - 1;
      open.set(caller, left);
      if (left === 0) done.push(caller);
    }
  }
  const sound = new Set(done);
  return new Set([...functions.keys()].filter((key) => !sound.has(key)));
}
