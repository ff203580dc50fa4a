/**
 * Checks whether an artifact was compiled from a source. The source is compiled again with the options that the file
 * names. Then the parts and the metadata of the two models are compared; weights are compared by their names, types and
 * shapes.
 */
import { type Facts, inMemory, type Model, openModel } from '../../check/index.ts';
import { encodeModel } from '../../compiler/emit/index.ts';
import { type Compat, FAIRSEQ_SPECIAL } from '../../compiler/model/index.ts';
import type { Tensor } from '../../compiler/onnx/model.ts';
import type { Diagnostic, Source } from '../../dsl/diagnostics.ts';
import { PRECISIONS, TARGETS } from '../../passes/pass.ts';
import { type CompileOptions, compile, parse } from '../../pipeline/compile.ts';
import { VERSION } from '../../pipeline/constants.ts';
import { type ArtifactInfo, infoFrom } from '../../pipeline/metadata.ts';
import { metadataIn } from '../model_file.ts';
import { emitArtifact } from '../write.ts';
import { claimProblem } from './codes.ts';
import { metadataDifferences } from './metadata_differences.ts';

function optionsOf(info: ArtifactInfo): CompileOptions | undefined {
  const target = TARGETS.find((name) => name === info.target);
  const precision = PRECISIONS.find((name) => name === info.precision);
  const compat = (['none', 'paper'] satisfies Compat[]).find((name) => name === info.compat);
  if (!target || !precision || !compat) return undefined;
  const { model, entry, ids, search, opset } = info;
  const asked = opset === undefined ? {} : { opset };
  return {
    model,
    entry,
    target,
    precision,
    ...asked,
    compat,
    ids: { ...FAIRSEQ_SPECIAL, ...ids },
    ...search,
  };
}

/** The initializers to compare. The bytes of constants are part of the model, but the bytes of weights are not. */
const initializers = (tensors: readonly Tensor[], weights: ReadonlySet<string>): readonly unknown[] =>
  tensors
    .map(({ name = '', dims, dataType, rawData }) => {
      const own = weights.has(name) ? undefined : [...(rawData?.bytes ?? [])];
      return { name, dims, dataType, ...(own && { own }) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));

/** The parts of a model that are compared, with their names. */
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

/** A part as JSON, without the positions of its bytes in the file. */
const textOf = (part: unknown): string =>
  JSON.stringify(part, (key, value: unknown) => (key === 'at' ? undefined : value));

/** Names the first part in which a model differs from the compiled model, whose weights are in a data file. */
function difference(model: Model, compiled: Model): string | undefined {
  const external = compiled.graph?.initializer.filter(({ externalData }) => externalData.length > 0) ?? [];
  const weights = new Set(external.map(({ name = '' }) => name));
  const [left, right] = [[...partsOf(model, weights)], [...partsOf(compiled, weights)]];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [one, other] = [left[i], right[i]];
    if (!one || !other) return `the number of parts (${left.length} instead of ${right.length})`;
    if (textOf(one) !== textOf(other)) return one[0];
  }
  return undefined;
}

/**
 * Limits on an untrusted source text that is compiled although the user did not request it. The time grows with the
 * number of layers. The slowest known source within these limits takes about 1.5 s.
 */
const MOST_LAYERS = 40;
const MOST_TEXT = 1 << 16;

const noWeights = { label: '', random: true, read: () => [][Symbol.iterator]() as never };

/** Compiles the source with the options that the metadata name. */
function again(
  source: Source,
  info: ArtifactInfo,
  inline: boolean,
): { model?: Model; diagnostics: readonly Diagnostic[] } {
  const options = optionsOf(info);
  if (!options) return { diagnostics: [] };
  // The passes need no verification here, because their result is compared anyway.
  const compiled = compile(source, { ...options, watch: { verify: false } });
  if (!compiled.value) return { diagnostics: compiled.diagnostics };
  const emitted = emitArtifact(compiled.value, 'model.onnx', { weights: noWeights, inline });
  const { model } = openModel(inMemory(encodeModel(emitted)));
  return model ? { model, diagnostics: [] } : { diagnostics: [] };
}

/** Compares an artifact with a source (D652, D653, D654, D657). `help` is the advice for D652. */
export function checkSource(
  path: string,
  model: Model,
  source: Source,
  help?: string,
): readonly Diagnostic[] {
  const metadata = metadataIn(model);
  const info = infoFrom(metadata);
  if (!info) {
    const message = `${path} does not contain its source and options, so it cannot be compared with ${source.path}`;
    return [claimProblem('D654', message)];
  }
  const sameText = metadata['benben.source'] === source.text;
  const older = sameText && info.version !== VERSION;
  const compiled = again(source, info, model.functions.length === 0);
  if (!compiled.model) {
    const why =
      compiled.diagnostics[0]?.message ?? 'the file names options that this version does not support';
    const unlike = older ? `but version ${VERSION} cannot compile ${source.path}: ${why}` : undefined;
    return [unlike ? outdated(path, info, unlike) : foreign(path, source, why, help)];
  }
  const differs = difference(model, compiled.model);
  if (differs === undefined) {
    const untrue = metadataDifferences(metadata, metadataIn(compiled.model));
    const other = `${path} was compiled from a different text than ${source.path}, but both compile to the same graph`;
    return [
      ...(sameText ? [] : [claimProblem('D653', other, 'warning')]),
      ...(untrue.length === 0 ? [] : [misled(path, info, source, untrue.join(', '), older)]),
    ];
  }
  if (older)
    return [
      outdated(
        path,
        info,
        `but version ${VERSION} compiles ${source.path} to a different graph (${differs})`,
      ),
    ];
  const text = sameText
    ? 'its text is the same, but its graph was changed'
    : 'its text and its graph are different';
  return [foreign(path, source, `${text}; the first difference is in ${differs}`, help)];
}

const outdated = (path: string, { version }: ArtifactInfo, unlike: string): Diagnostic =>
  claimProblem('D653', `${path} was compiled by Benben ${version}, ${unlike}`, 'warning');

const foreign = (path: string, source: Source, why: string, help?: string): Diagnostic =>
  claimProblem('D652', `${path} is not compiled from ${source.path}: ${why}`, 'error', help);

/** The diagnostic for wrong metadata. If another version of Benben wrote them, it is only a warning. */
const misled = (
  path: string,
  info: ArtifactInfo,
  source: Source,
  what: string,
  older: boolean,
): Diagnostic =>
  older
    ? outdated(path, info, `but version ${VERSION} writes other metadata: ${what}`)
    : claimProblem('D657', `the metadata of ${path} do not match ${source.path}: ${what}`);

/** Compares an artifact with the source text in it. Returns a note (D655) instead if compiling it could take long. */
export function checkCarriedSource(
  path: string,
  { model, scopes }: Facts,
  text: string,
): readonly Diagnostic[] {
  const source = { path: 'the source in the file', text };
  const skipped = (size: string): readonly Diagnostic[] => [
    claimProblem('D655', `${path} was not compared with ${source.path}, which has ${size}`, 'note'),
  ];
  if (text.length > MOST_TEXT) return skipped(`${text.length} characters`);
  const name = infoFrom(metadataIn(model))?.model;
  const spec = parse(source).value?.models.find((one) => one.name === name);
  const layers = spec ? spec.encoder.layers.length + (spec.decoder?.layers ?? 0) : 0;
  if (layers > MOST_LAYERS) {
    const nodes = scopes.reduce((sum, scope) => sum + scope.nodes.length, 0);
    // Each layer has at least one node, so a file with fewer nodes cannot be compiled from this source.
    if (layers <= nodes) return skipped(`${layers} layers`);
    const why = `the source has ${layers} layers, but the file has only ${nodes === 1 ? '1 node' : `${nodes} nodes`}`;
    return [foreign(path, source, why, OWN_HELP)].map(asWarning);
  }
  return checkSource(path, model, source, OWN_HELP).map(asWarning);
}

/** Turns an error into a warning, because a program may compile with other passes, which the metadata do not record. */
const asWarning = (found: Diagnostic): Diagnostic => ({ ...found, severity: 'warning' });

const OWN_HELP = 'compile the model again; trust neither the text nor the graph';
