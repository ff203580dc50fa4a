/** The types that a scope declares for its values, and their comparison with the inferred types. */
import type { Info } from '../../compiler/onnx/model.ts';
import { shown } from '../rule.ts';
import type { Scope } from '../scopes.ts';
import { constantOf } from './constants.ts';
import type { Context, Inputs } from './context.ts';
import { declaredValue, isKnown, merge, numbersDiffer, tensorOf, type Value, valueText } from './types.ts';

/** Whether the names of lengths refer to the same lengths as in the main graph. In a function, they do not. */
const sharesSymbols = (scope: Scope): boolean => scope.root === '';

/** The types that a scope declares for its values, by name. */
export function declarations(scope: Scope): ReadonlyMap<string, Value> {
  const declared = new Map<string, Value>();
  const infos: readonly Info[] = scope.graph
    ? [...scope.graph.valueInfo, ...scope.graph.output]
    : (scope.function?.valueInfo ?? []);
  for (const { name, type } of infos) {
    const value = declaredValue(type, sharesSymbols(scope));
    if (!value || !name) continue;
    const both = merge(declared.get(name), value);
    declared.set(name, both && 'kind' in both ? both : value);
  }
  return declared;
}

/** Combines the inferred and the declared value. A contradiction is reported, and the inferred value is kept. */
export function agree(
  ctx: Context,
  node: number,
  name: string,
  value: Value | undefined,
  declared: Value | undefined,
): Value | undefined {
  const both = merge(value, declared);
  const differs = !ctx.muted && sharesSymbols(ctx.scope) && ctx.run.lengthsDiffer(value, declared);
  if (!both || ('kind' in both && !differs)) return both;
  const message = `'${shown(name)}' is declared as ${valueText(declared)}, but is ${valueText(value)}`;
  if (!ctx.muted)
    ctx.run.record.tell(
      'conflicts',
      { scope: ctx.scope, node },
      message,
      isLenient(ctx.scope, value, declared) ? { severity: 'warning' } : {},
    );
  return value;
}

/** In bodies of `If` and `Loop`, runtimes ignore a declared shape that is wrong. */
function isLenient({ parent }: Scope, value: Value | undefined, declared: Value | undefined): boolean {
  const op = parent?.scope.nodes[parent.node]?.opType;
  if (op !== 'If' && op !== 'Loop') return false;
  return (
    value?.kind === 'tensor' && declared?.kind === 'tensor' && !numbersDiffer(value.dtype, declared.dtype)
  );
}

/** Adds the inputs and constants of a scope before its nodes are visited. */
export function enter(ctx: Context, given: Inputs | undefined, declared: ReadonlyMap<string, Value>): void {
  const { run, scope, env } = ctx;
  const { graph, function: f } = scope;
  const set = (name: string, value: Value | undefined, other: Value | undefined): void => {
    const known = agree(ctx, -1, name, value, other);
    if (known) env.values.set(name, known);
    else if (!env.spoiled.has(name)) env.open.add(name);
  };
  f?.input.forEach((name, i) => void set(name, given?.[i], declared.get(name)));
  graph?.input.forEach(({ name = '', type }, i) => {
    set(name, given?.[i], declaredValue(type, sharesSymbols(scope)));
  });
  for (const t of graph?.initializer ?? []) {
    const own = constantOf(t);
    // A constant is unknown if its dims or its type are invalid, which D640 and D637 report.
    if (!isKnown(own)) env.spoiled.add(t.name ?? '');
    const asInput = env.values.get(t.name ?? '');
    // From IR version 4 on, an initializer that is also an input is a default, which a caller may replace.
    const replaceable = asInput !== undefined && (run.facts.model.irVersion ?? 0) >= 4;
    set(t.name ?? '', replaceable ? tensorOf(own.dtype, own.shape) : own, asInput);
  }
  for (const { values, dims } of graph?.sparseInitializer ?? [])
    set(values?.name ?? '', tensorOf(values?.dataType ?? 0, dims), undefined);
}
