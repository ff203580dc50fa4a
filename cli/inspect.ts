/** `benben inspect`: describes an .onnx file of any producer. */

import { later, OPSETS, opsetRow } from '../compiler/ir/opsets.ts';
import type { SearchSettings } from '../compiler/model/lowering.ts';
import { elementTypeName } from '../compiler/onnx/element_types.ts';
import type { Info, Model } from '../compiler/onnx/model.ts';
import { SEARCHING } from '../pipeline/entry_ports.ts';
import { type ArtifactInfo, damageOf, infoFrom } from '../pipeline/metadata.ts';
import { table } from '../report/view/table.ts';
import { operatorsIn } from '../runtime/describe_artifact.ts';
import { deviceNamed } from '../runtime/devices.ts';
import { loadingProblems } from '../runtime/loading_limits.ts';
import { metadataIn, readModel } from '../runtime/model_file.ts';
import {
  countIn,
  type Lack,
  lackText,
  type Placement,
  placementOn,
  qualified,
  unknownOperators,
} from '../runtime/placement.ts';
import type { Call } from './command.ts';
import { EXIT, UsageFault } from './faults.ts';
import { type ExternalFile, externalFiles } from './inspect_external.ts';
import { inspectWeights } from './inspect_weights.ts';
import { nameText } from './io.ts';
import type { Output } from './output.ts';
import { bytes, count, counted } from './spelling.ts';

interface PortDescription {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
}

interface Inspection {
  readonly path: string;
  readonly producer: string;
  readonly irVersion: number;
  /** The oldest ONNX Runtime that runs the file: what an artifact says, else what the table of opsets says. */
  readonly onnxRuntime?: string;
  readonly opsets: Readonly<Record<string, number>>;
  readonly inputs: readonly PortDescription[];
  readonly outputs: readonly PortDescription[];
  readonly functions: readonly { readonly name: string; readonly nodes: number }[];
  /** How often each operator occurs in the graph and its loops, without the bodies of functions. */
  readonly ops: Readonly<Record<string, number>>;
  readonly tensors: number;
  readonly elements: number;
  readonly external: readonly ExternalFile[];
  readonly metadata: Readonly<Record<string, string>>;
  /** What is wrong with the metadata of a file that Benben made. */
  readonly damage?: string;
}

export async function run({ args, flags, output }: Call): Promise<number> {
  const path = args[0]!;
  if (flags.on('weights')) return inspectWeights(path, flags, output);
  if (flags.text('model') !== undefined)
    throw new UsageFault('--model is for the models of a .ben file, whose weights --weights lists');
  if (path === '-')
    throw new UsageFault(
      'an .onnx file cannot be read from standard input, because its weights are in another file of the same folder',
    );
  const model = output.take(await readModel(path));
  output.warn(loadingProblems(path, model, 'warning'));
  const device = deviceNamed(flags.text('device') ?? '');
  const found = await inspect(path, model);
  const placement = device && { device: device.name, ...placementOn(device.provider, model) };
  if (output.json) {
    const { source, ...info } = infoFrom(found.metadata) ?? {};
    await output.printJson({
      schema: 'benben.inspect/1',
      ...found,
      ...(placement && { placement, unknownOperators: unknownOperators(model) }),
      benben: source === undefined ? null : info,
      diagnostics: output.warnings(),
    });
  } else {
    const placed = placement ? `\n${placementText(placement, unknownOperators(model), output)}` : '';
    await output.print(`${text(found, output)}${placed}\n`);
  }
  return EXIT.done;
}

/** Only artifacts of Benben name the oldest version for their operators too. */
const runsOn = (version: string, info: ArtifactInfo | undefined): string =>
  info?.onnxRuntime === undefined
    ? `ONNX Runtime ${version} at the earliest, for its opset and IR version`
    : `ONNX Runtime ${version} and later`;

/**
 * The oldest ONNX Runtime that the opset and the IR version allow, and that the artifact names. Undefined for an opset
 * that is not in the table.
 */
function oldestRuntime(
  { irVersion, opsetImport }: Model,
  named: string | undefined,
): Pick<Inspection, 'onnxRuntime'> {
  const standard = opsetImport?.find(({ domain }) => !domain || domain === 'ai.onnx');
  const forOpset = opsetRow(Number(standard?.version ?? 0))?.onnxRuntime;
  const forIr = OPSETS.find((row) => row.irVersion >= Number(irVersion ?? 0))?.onnxRuntime;
  if (!forOpset || !forIr) return {};
  return { onnxRuntime: [forOpset, forIr, ...(named ? [named] : [])].reduce(later) };
}

async function inspect(path: string, model: Model): Promise<Inspection> {
  const { graph } = model;
  const tensors = graph?.initializer ?? [];
  const ops = operatorsIn(graph?.node ?? []);
  const ranked = [...ops].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  // In files of old IR versions weights are listed as inputs too.
  const weights = new Set(tensors.map(({ name }) => name));
  const metadata = metadataIn(model);
  const damage = damageOf(model.producerName ?? '', metadata);
  return {
    path,
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' ') || 'unknown',
    irVersion: Number(model.irVersion ?? 0),
    opsets: Object.fromEntries(
      (model.opsetImport ?? []).map(({ domain, version }) => [domain || 'ai.onnx', Number(version ?? 0)]),
    ),
    inputs: (graph?.input ?? []).filter(({ name }) => !weights.has(name ?? '')).map(port),
    outputs: (graph?.output ?? []).map(port),
    functions: (model.functions ?? []).map(({ name, domain, node }) => ({
      name: qualified(name, domain),
      nodes: node?.length ?? 0,
    })),
    ops: Object.fromEntries(ranked),
    tensors: tensors.length,
    elements: tensors.reduce(
      (sum, { dims }) => sum + (dims ?? []).reduce<number>((a, b) => a * Number(b), 1),
      0,
    ),
    external: await externalFiles(path, tensors),
    metadata,
    ...oldestRuntime(model, infoFrom(metadata)?.onnxRuntime),
    ...(damage !== undefined && { damage }),
  };
}

function port({ name, type }: Info): PortDescription {
  const tensor = type?.tensorType;
  const dtype = elementTypeName(tensor?.elemType ?? 0);
  const shape = (tensor?.shape?.dim ?? []).map(
    ({ dimParam, dimValue }) => dimParam || (dimValue == null ? '?' : Number(dimValue)),
  );
  return { name: name ?? '', dtype: tensor ? dtype : 'not a tensor', shape };
}

function text(found: Inspection, { out }: Output): string {
  const heading = (title: string): string => `\n${out.bold(title)}`;
  const ports = (list: readonly PortDescription[]): string =>
    table(
      list.map(({ name, dtype, shape }) => [nameText(name), dtype, nameText(`[${shape.join(', ')}]`)]),
      { indent: '  ' },
    );
  const info = infoFrom(found.metadata);
  const opsets = Object.entries(found.opsets)
    .map(([domain, version]) => `${domain} ${version}`)
    .join(', ');
  const rows: [string, string][] = [
    ...(info
      ? ([
          ['model', `${info.model}, compiled by Benben ${info.version} for ${info.target}`],
          ['entry', info.entry],
          ...(SEARCHING.includes(info.entry) ? [['search', searchText(info.search)]] : []),
          ['weights', info.random ? `${info.weights}: not trained` : info.weights],
          ['precision', precisionOf(info)],
          ['tokenizer', info.tokenizer],
        ] as [string, string][])
      : ([['producer', found.producer]] satisfies [string, string][])),
    ...(found.damage === undefined
      ? []
      : ([
          ['damaged', `Benben made this file, but its metadata is damaged: ${found.damage}`],
          ['', 'it cannot be run; compile its source again'],
        ] satisfies [string, string][])),
    ['format', `ONNX IR version ${found.irVersion}, opsets ${opsets}`],
    ...(found.onnxRuntime === undefined
      ? []
      : ([['runs on', runsOn(found.onnxRuntime, info)]] satisfies [string, string][])),
    ...(info ? [['parameters', count(info.parameters)] satisfies [string, string]] : []),
    // This differs from the number of parameters: constants count here, and one weight may be stored as several
    // tensors.
    ['stored', `${counted(found.elements, 'number')} in ${counted(found.tensors, 'tensor')}`],
    ...found.external.map((file): [string, string] => ['data', describe(file)]),
  ];
  const sections = [table(rows.map(([name, value]) => [out.dim(name), nameText(value)]))];
  sections.push(heading('inputs'), ports(found.inputs), heading('outputs'), ports(found.outputs));
  if (found.functions.length > 0) {
    const names = found.functions.map(({ name, nodes }) => [nameText(name), counted(nodes, 'node')]);
    sections.push(heading('functions'), table(names, { indent: '  ' }));
  }
  const ops = Object.entries(found.ops).map(([name, n]) => [count(n), nameText(name)]);
  sections.push(heading('operators'), table(ops, { indent: '  ', right: [0] }));
  return sections.join('\n');
}

/** The maximum number of nodes that are listed for one operator; `--json` lists all nodes. */
const SOME_NODES = 5;

function placementText(
  { device, nodes, lacks, unknown }: Placement & { readonly device: string },
  strange: readonly string[],
  { out }: Output,
): string {
  const title = `\n${out.bold(`on ${device}`)}`;
  const unsupported = strange.map((op) => `  ${nameText(op)}: no known runtime supports this operator`);
  const rows = (found: readonly Lack[]): string => {
    const cells = found.map((one) => {
      const more = one.nodes.length > SOME_NODES ? ', …' : '';
      return [nameText(lackText(one)), nameText(one.nodes.slice(0, SOME_NODES).join(', ')) + more];
    });
    return table(cells, { indent: '  ' });
  };
  const part = (found: readonly Lack[], what: (have: string, run: string) => string): readonly string[] => {
    const count = countIn(found);
    const head = count === 1 ? what('has', 'runs') : what('have', 'run');
    return count === 0 ? [] : [`  ${count} of ${counted(nodes, 'node')} ${head}:`, rows(found)];
  };
  const findings = [
    ...unsupported,
    ...part(lacks, (have, run) => `${have} no kernel and ${run} on the CPU`),
    ...part(unknown, () => 'may or may not have a kernel, because Benben’s tables do not cover them'),
  ];
  if (findings.length === 0)
    findings.push(
      nodes === 1 ? '  its one node has a kernel' : `  all ${counted(nodes, 'node')} have a kernel`,
    );
  return [title, ...findings].join('\n');
}

const searchText = ({ beam, returned, noRepeatNgram }: SearchSettings): string =>
  [
    counted(beam, 'beam'),
    counted(returned, 'text'),
    ...(noRepeatNgram > 0 ? [`no ${noRepeatNgram}-gram twice`] : []),
  ].join(', ');

/** The precision, and the error that was measured at compilation. */
const precisionOf = ({ precision, error }: ArtifactInfo): string =>
  error
    ? `${precision}, largest error ${error.max.toPrecision(3)}, mean error ${error.mean.toPrecision(3)}`
    : precision;

const describe = ({ location, problem, size, tensors }: ExternalFile): string =>
  `${location}: ${problem ?? bytes(size ?? 0)}, for ${counted(tensors, 'tensor')}`;
