/**
 * Is this artifact compiled from that source? It is compiled again, as the file says that it was, and the two are held
 * against each other, message by message; of weights their names, types and shapes, and what the file says of itself.
 */

import { type Facts, inMemory, type Model, openModel } from '../../check/index.ts';
import { encodeModel } from '../../compiler/emit/index.ts';
import { type Compat, FAIRSEQ_SPECIAL } from '../../compiler/model/index.ts';
import type { Tensor } from '../../compiler/onnx/model.ts';
import type { Diagnostic, Source } from '../../dsl/diagnostics.ts';
import { PRECISIONS, TARGETS } from '../../passes/pass.ts';
import { type CompileOptions, compile, parse } from '../../pipeline/compile.ts';
import { type ArtifactInfo, infoFrom } from '../../pipeline/metadata.ts';
import { VERSION } from '../../pipeline/version.ts';
import { emitArtifact } from '../write.ts';
import { metadataOfModel } from './claims.ts';
import { claimProblem } from './codes.ts';
import { toldOtherwise } from './told.ts';

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
    .map(({ name = '', dims, dataType, rawData }) => {
      const own = weights.has(name) ? undefined : [...(rawData?.bytes ?? [])];
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

/**
 * Of a source that a stranger's file carries: what is compiled without being asked for. Lowered nodes, and so time, grow
 * with the layers; the longest that was found at these limits takes some 1.5 s.
 */
const MOST_LAYERS = 40;
const MOST_TEXT = 1 << 16;

const nobody = { label: '', random: true, read: () => [][Symbol.iterator]() as never };

/** The file's messages as they would be written today. */
function again(
  source: Source,
  info: ArtifactInfo,
  inline: boolean,
): { model?: Model; diagnostics: readonly Diagnostic[] } {
  const options = optionsOf(info);
  if (!options) return { diagnostics: [] };
  // Whether the passes keep to their rules is for tests: what they make is compared anyway.
  const compiled = compile(source, { ...options, watch: { verify: false } });
  if (!compiled.value) return { diagnostics: compiled.diagnostics };
  const emitted = emitArtifact(compiled.value, 'model.onnx', { weights: nobody, inline });
  const { model } = openModel(inMemory(encodeModel(emitted)));
  return model ? { model, diagnostics: [] } : { diagnostics: [] };
}

export function checkSource(
  path: string,
  model: Model,
  source: Source,
  help?: string,
): readonly Diagnostic[] {
  const metadata = metadataOfModel(model);
  const info = infoFrom(metadata);
  if (!info) {
    const message = `${path} does not say what it was compiled from: it cannot be held against ${source.path}`;
    return [claimProblem('D654', message)];
  }
  const sameText = metadata['benben.source'] === source.text;
  const older = sameText && info.version !== VERSION;
  const compiled = again(source, info, model.functions.length === 0);
  if (!compiled.model) {
    const why = compiled.diagnostics[0]?.message ?? 'the file names options that this version does not have';
    const unlike = older ? `and ${VERSION} cannot compile ${source.path}: ${why}` : undefined;
    return [unlike ? outdated(path, info, unlike) : foreign(path, source, why, help)];
  }
  const differs = difference(model, compiled.model);
  if (differs === undefined) {
    const untrue = toldOtherwise(metadata, metadataOfModel(compiled.model));
    const other = `${path} is compiled from another text than ${source.path}, which gives the same graph`;
    return [
      ...(sameText ? [] : [claimProblem('D653', other, 'warning')]),
      ...(untrue.length === 0 ? [] : [misled(path, info, source, untrue.join(', '), older)]),
    ];
  }
  if (older)
    return [outdated(path, info, `and ${VERSION} makes another graph of ${source.path} (${differs})`)];
  const text = sameText
    ? 'its text is the same, and the graph was changed since'
    : 'another text, and another graph';
  return [foreign(path, source, `${text}; first in ${differs}`, help)];
}

const outdated = (path: string, { version }: ArtifactInfo, unlike: string): Diagnostic =>
  claimProblem('D653', `${path} was compiled by Benben ${version}, ${unlike}`, 'warning');

const foreign = (path: string, source: Source, why: string, help?: string): Diagnostic =>
  claimProblem('D652', `${path} is not compiled from ${source.path}: ${why}`, 'error', help);

/** Another version may describe a model in other words. */
const misled = (
  path: string,
  info: ArtifactInfo,
  source: Source,
  what: string,
  older: boolean,
): Diagnostic =>
  older
    ? outdated(path, info, `and ${VERSION} writes other metadata: ${what}`)
    : claimProblem('D657', `${path} says of itself what ${source.path} does not give: ${what}`);

/** The same against the text that the artifact carries; a note (D655) where to compile it would take long. */
export function checkCarriedSource(
  path: string,
  { model, scopes }: Facts,
  text: string,
): readonly Diagnostic[] {
  const source = { path: 'the source that it carries', text };
  const skipped = (size: string): readonly Diagnostic[] => [
    claimProblem('D655', `${path} is not held against ${source.path}, which has ${size}`, 'note'),
  ];
  if (text.length > MOST_TEXT) return skipped(`${text.length} characters`);
  const name = infoFrom(metadataOfModel(model))?.model;
  const spec = parse(source).value?.models.find((one) => one.name === name);
  const layers = spec ? spec.encoder.layers.length + (spec.decoder?.layers ?? 0) : 0;
  if (layers > MOST_LAYERS) {
    const nodes = scopes.reduce((sum, scope) => sum + scope.nodes.length, 0);
    // A layer is a node at the least.
    if (layers <= nodes) return skipped(`${layers} layers`);
    const why = `it has ${layers} layers, and the file ${nodes === 1 ? '1 node' : `${nodes} nodes`}`;
    return [foreign(path, source, why, OWN_HELP)].map(asWarning);
  }
  return checkSource(path, model, source, OWN_HELP).map(asWarning);
}

/** Who compiles by a program may choose passes that the file does not tell of. */
const asWarning = (found: Diagnostic): Diagnostic => ({ ...found, severity: 'warning' });

const OWN_HELP = 'compile the model again; believe neither the text nor the graph';
