/**
 * Is this artifact compiled from that source? It is compiled again, as the file says that it was, and the two are held
 * against each other, message by message; of weights their names, types and shapes.
 */

import { inMemory, type Model, openModel } from '../../compiler/check/index.ts';
import type { Tensor } from '../../compiler/check/model.ts';
import { encodeModel } from '../../compiler/emit/index.ts';
import { type Compat, FAIRSEQ_SPECIAL } from '../../compiler/lower/index.ts';
import type { Diagnostic, Source } from '../../dsl/diagnostics.ts';
import { PRECISIONS, TARGETS } from '../../passes/pass.ts';
import { type CompileOptions, compile, emitArtifact } from '../compile.ts';
import { type ArtifactInfo, infoFrom } from '../metadata.ts';
import { VERSION } from '../version.ts';
import { metadataOfModel } from './claims.ts';
import { claimProblem } from './codes.ts';

function optionsOf(info: ArtifactInfo): CompileOptions | undefined {
  const target = TARGETS.find((name) => name === info.target);
  const precision = PRECISIONS.find((name) => name === info.precision);
  const compat = (['none', 'paper'] satisfies Compat[]).find((name) => name === info.compat);
  if (!target || !precision || !compat) return undefined;
  const { model, entry, ids, search } = info;
  return { model, entry, target, precision, compat, ids: { ...FAIRSEQ_SPECIAL, ...ids }, ...search };
}

/** Of a weight its bytes are the artifact's own business; of any other constant they are part of the model. */
const initializers = (tensors: readonly Tensor[], weights: ReadonlySet<string>): readonly unknown[] =>
  tensors
    .map(({ name = '', dims, dataType, raw }) => {
      const own = weights.has(name) ? undefined : [...(raw?.bytes ?? [])];
      return { name, dims, dataType, ...(own && { own }) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));

/** Text for what a part of a model is, weights and metadata apart. */
function* partsOf(
  { graph, functions, opsetImport, irVersion }: Model,
  weights: ReadonlySet<string>,
): Generator<readonly [string, unknown]> {
  yield ['IR version', irVersion];
  yield ['opsets', opsetImport];
  yield ['graph’s name', graph?.name];
  yield ['inputs', graph?.input];
  yield ['outputs', graph?.output];
  for (const f of functions) yield [`function ${f.name} ${f.overload ?? ''}`.trim(), f];
  for (const [i, node] of (graph?.node ?? []).entries()) yield [`node ${i} '${node.name ?? ''}'`, node];
  yield ['value types', graph?.valueInfo];
  yield ['initializers', initializers(graph?.initializer ?? [], weights)];
}

/** JSON without where bytes lie in the file. */
const textOf = (part: unknown): string =>
  JSON.stringify(part, (key, value: unknown) => (key === 'at' ? undefined : value));

/** The first part in which a model differs from what the compiler makes, whose weights lie in a data file. */
function difference(model: Model, compiled: Model): string | undefined {
  const external = compiled.graph?.initializer.filter(({ externalData }) => externalData.length > 0) ?? [];
  const weights = new Set(external.map(({ name = '' }) => name));
  const [left, right] = [[...partsOf(model, weights)], [...partsOf(compiled, weights)]];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [one, other] = [left[i], right[i]];
    if (!one || !other) return `it has ${left.length} parts, and the compiled one ${right.length}`;
    if (textOf(one) !== textOf(other)) return one[0];
  }
  return undefined;
}

const nobody = { label: '', random: true, read: () => [][Symbol.iterator]() as never };

/** The file's messages as they would be written today. */
function again(
  source: Source,
  info: ArtifactInfo,
  inline: boolean,
): { model?: Model; diagnostics: readonly Diagnostic[] } {
  const options = optionsOf(info);
  if (!options) return { diagnostics: [] };
  const compiled = compile(source, options);
  if (!compiled.value) return { diagnostics: compiled.diagnostics };
  const emitted = emitArtifact(compiled.value, 'model.onnx', { weights: nobody, inline });
  const { model } = openModel(inMemory(encodeModel(emitted)));
  return model ? { model, diagnostics: [] } : { diagnostics: [] };
}

export function checkSource(path: string, model: Model, source: Source): readonly Diagnostic[] {
  const metadata = metadataOfModel(model);
  const info = infoFrom(metadata);
  if (!info) {
    const message = `${path} does not say what it was compiled from: it cannot be held against ${source.path}`;
    return [claimProblem('D654', message)];
  }
  const sameText = metadata['benben.source'] === source.text;
  const compiled = again(source, info, model.functions.length === 0);
  if (!compiled.model) {
    const why = compiled.diagnostics[0]?.message ?? 'the file names options that this version does not have';
    return [claimProblem('D652', `${path} is not compiled from ${source.path}: ${why}`)];
  }
  const differs = difference(model, compiled.model);
  if (differs === undefined) {
    if (sameText) return [];
    const message = `${path} is compiled from another text than ${source.path}, which gives the same graph`;
    return [claimProblem('D653', message, 'warning')];
  }
  if (sameText && info.version !== VERSION) {
    const message = `${path} was compiled by Benben ${info.version}, and ${VERSION} makes another graph of ${source.path} (${differs})`;
    return [claimProblem('D653', message, 'warning')];
  }
  const text = sameText
    ? 'its text is the same, and the graph was changed since'
    : 'another text, and another graph';
  return [claimProblem('D652', `${path} is not compiled from ${source.path}: ${text}; first in ${differs}`)];
}
