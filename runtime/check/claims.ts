/** Compares the metadata of an artifact of Benben with its contents. */
import { createHash } from 'node:crypto';
import type { Model } from '../../check/index.ts';
import { dtypeText } from '../../check/sizes.ts';
import type { Info } from '../../compiler/onnx/model.ts';
import type { Diagnostic } from '../../dsl/diagnostics.ts';
import { printable } from '../../dsl/printable.ts';
import { ENTRY_PORTS, misfitOf } from '../../pipeline/entry_ports.ts';
import { type ArtifactInfo, infoFrom } from '../../pipeline/metadata.ts';
import { metadataIn } from '../model_file.ts';
import { claimProblem } from './codes.ts';

/** Whether the file names Benben as its producer, or has metadata of Benben. */
export const claimsBenben = (model: Model): boolean =>
  model.producerName === 'benben' || model.metadataProps.some(({ key }) => key?.startsWith('benben.'));

/** The names of element types in sessions, and therefore in `misfitOf`, if they differ from the names in ONNX. */
const SESSION_NAMES: Readonly<Record<string, string>> = { float: 'float32', double: 'float64' };

function portOf({ name = '', type }: Info): { name: string; dtype: string; shape: readonly unknown[] } {
  const dtype = dtypeText(type?.tensorType?.elemType);
  return { name, dtype: SESSION_NAMES[dtype] ?? dtype, shape: type?.tensorType?.shape?.dim ?? [] };
}

function portProblem({ graph }: Model, { entry }: ArtifactInfo): string | undefined {
  const weights = new Set(graph?.initializer.map(({ name }) => name));
  const input = misfitOf(
    ENTRY_PORTS[entry].inputs,
    (graph?.input ?? []).filter(({ name }) => !weights.has(name)).map(portOf),
  );
  if (input !== undefined) return `input ${input}`;
  const output = misfitOf(ENTRY_PORTS[entry].outputs, (graph?.output ?? []).map(portOf));
  return output === undefined ? undefined : `output ${output}`;
}

/** The problems (D650, D651) with the metadata of a model. */
export function checkClaims(model: Model): readonly Diagnostic[] {
  const [once, again] = [new Set<string>(), new Set<string>()];
  for (const { key = '' } of model.metadataProps) (once.has(key) ? again : once).add(key);
  const twice = [...again];
  const found: Diagnostic[] = [];
  if (twice.length > 0)
    found.push(
      claimProblem(
        'D651',
        `these keys of the metadata occur twice: ${printable(twice.slice(0, 5).join(', '))}`,
      ),
    );
  if (!claimsBenben(model)) return found;
  const metadata = metadataIn(model);
  const { 'benben.source': source, 'benben.source_sha256': recorded } = metadata;
  if (source !== undefined && recorded !== createHash('sha256').update(source).digest('hex')) {
    const message = `the source text in the file was changed after it was compiled: its SHA-256 is not ${printable((recorded ?? 'recorded').slice(0, 64))}`;
    found.push(claimProblem('D650', message));
  }
  const info = infoFrom(metadata);
  if (!info) {
    found.push(
      claimProblem(
        'D651',
        'the metadata of the file are not valid: entry, spec, ids or search are missing or have impossible values',
      ),
    );
    return found;
  }
  const misfit = portProblem(model, info);
  if (misfit !== undefined)
    found.push(
      claimProblem(
        'D651',
        `the metadata of the file name the entry '${info.entry}', but its graph does not match: ${misfit}`,
      ),
    );
  if (model.producerVersion !== metadata['benben.version'])
    found.push(
      claimProblem(
        'D651',
        `the file must name one version of Benben, but it names two: ${printable(model.producerVersion ?? 'none')} and ${info.version}`,
      ),
    );
  return found;
}
