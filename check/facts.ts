/** What the rules ask about: the model, its scopes and functions, and what inference found. */

import type { LocalFunction, Model } from '../compiler/onnx/model.ts';
import type { FileFact } from './external.ts';
import { type Inference, infer } from './infer/index.ts';
import { functionKey, importsIn } from './keys.ts';
import { type Scope, scopesOf, type Trouble } from './scopes.ts';
import { type Placed, tensorsIn, trainingParts } from './tensors.ts';

export interface Facts {
  readonly model: Model;
  /** Fields that ONNX does not have, and how often. */
  readonly unknownFields: ReadonlyMap<string, number>;
  /** The version of each domain that the model imports. */
  readonly imports: ReadonlyMap<string, number>;
  readonly functions: ReadonlyMap<string, LocalFunction>;
  /** Functions that come back to themselves: never followed. */
  readonly recursive: ReadonlySet<string>;
  /** The model's graph, then its functions; bodies after the scope that they are in. */
  readonly scopes: readonly Scope[];
  /** The same by what they belong to: '' for the graph, a function's key. */
  readonly byRoot: ReadonlyMap<string, readonly Scope[]>;
  readonly trouble: Trouble;
  /** Every tensor of the file, with its place. */
  readonly tensors: readonly Placed[];
  /** What is known of the data files, by location; absent where nobody looked. */
  readonly files?: ReadonlyMap<string, FileFact>;
  /** Computed when first asked for. */
  readonly inference: Inference;
}

export function factsOf(model: Model, unknownFields: Facts['unknownFields']): Facts {
  const imports = importsIn(model.opsetImport);
  const functions = new Map(
    // The first of a name counts; D620 tells of the others.
    [...model.functions].reverse().map((f) => [functionKey(f.domain, f.name, f.overload), f]),
  );
  const { scopes, trouble } = scopesOf(model, imports);
  const recursive = recursiveOf(scopes, functions);
  const byRoot = groupBy(scopes, ({ root }) => root);
  let inference: Inference | undefined;
  const facts: Facts = {
    ...{ model, unknownFields, imports, functions, recursive, scopes, byRoot, trouble },
    tensors: [...tensorsIn([...scopes, ...trainingParts(model)])],
    get inference() {
      inference ??= infer(facts);
      return inference;
    },
  };
  return facts;
}

/** Lists by key, in order. */
function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const list = groups.get(keyOf(item));
    if (list) list.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** Keys of the functions that call themselves, through others too. */
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
  // What calls nothing that is left cannot come back to itself; nor, then, what calls only that.
  const callers = new Map<string, string[]>();
  for (const [caller, called] of calls) {
    for (const key of called) {
      const list = callers.get(key);
      if (list) list.push(caller);
      else callers.set(key, [caller]);
    }
  }
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
