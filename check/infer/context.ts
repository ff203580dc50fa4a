/** What the functions of inference share: the run as a whole, and the scope that they are in. */
import type { Attribute, Graph } from '../../compiler/onnx/model.ts';
import type { Facts } from '../facts.ts';
import type { Scope } from '../scopes.ts';
import type { createBodies } from './bodies.ts';
import type { Env } from './env.ts';
import type { createLengths } from './lengths.ts';
import type { createRecord } from './record.ts';
import type { Value } from './types.ts';

export type Inputs = readonly (Value | undefined)[];

/** One inference of a model: what it works on and what it has found so far. */
export interface Run {
  readonly facts: Facts;
  readonly byGraph: ReadonlyMap<Graph, Scope>;
  /** The scope of each function, by its key. */
  readonly byFunction: ReadonlyMap<string, Scope>;
  readonly record: ReturnType<typeof createRecord>;
  readonly lengthsDiffer: ReturnType<typeof createLengths>;
  /** Results of calls that are known already. */
  readonly memo: Map<string, readonly Result[]>;
  readonly bodies: ReturnType<typeof createBodies>;
  visits: number;
}

export interface Context {
  readonly run: Run;
  readonly scope: Scope;
  readonly env: Env;
  /** The attributes in the call of the function around this scope. */
  readonly attributes: ReadonlyMap<string, Attribute> | undefined;
  /** Nothing is reported, because this is an iteration of a loop whose types are not settled yet. */
  readonly muted: boolean;
  readonly depth: number;
}

export interface Result {
  readonly value: Value | undefined;
  readonly spoiled: boolean;
}
