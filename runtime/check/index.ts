/** `benben check` of an `.onnx` file: checks its contents, its data files, its metadata, its source and its kernels. */
import { checkFacts, externalLocations, type Facts, type Model, openModel } from '../../check/index.ts';
import type { Diagnostic, Source } from '../../dsl/diagnostics.ts';
import { infoFrom } from '../../pipeline/metadata.ts';
import { dataFilesBeside, type FileLookup, onDisk } from '../beside.ts';
import { dataPointer } from '../data_locations.ts';
import { mismatchedData } from '../data_mark.ts';
import type { Device } from '../devices.ts';
import { metadataIn, withBytes } from '../model_file.ts';
import { countIn, lackText, placementDiagnostics, placementOn } from '../placement.ts';
import { checkClaims, claimsBenben } from './claims.ts';
import { claimProblem } from './codes.ts';

export interface CheckOptions {
  /** The device whose missing kernels are reported (D548, D656). Default: none. */
  readonly device?: Device;
  /** The source to compare the file with. Default: the source text in the file. */
  readonly source?: Source;
  readonly files?: FileLookup;
}

/** Returns all diagnostics for a file. It does not throw, whatever the file contains. */
export async function checkFile(path: string, options: CheckOptions = {}): Promise<readonly Diagnostic[]> {
  const { device, source, files = onDisk } = options;
  const { value: opened, diagnostics } = await withBytes(path, openModel);
  if (!opened?.facts) return opened?.diagnostics ?? diagnostics;
  const { facts } = opened;
  const { model } = facts;
  const beside = await dataFilesBeside(path, externalLocations(facts), files);
  // A pointer is far shorter than the data, so other diagnostics would only repeat that the data are missing.
  const pointer = await dataPointer(path, beside);
  if (pointer) return [pointer];
  const found = [...checkFacts(facts, beside), ...checkClaims(model)];
  // The compiler is imported only if it is needed.
  if (source) found.push(...(await import('./source.ts')).checkSource(path, model, source));
  // A broken model may have functions that call each other endlessly, so it is not examined further.
  if (broken(found)) return found;
  if (!source) found.push(...(await checkCarried(path, facts)));
  const mismatch = await mismatchedData(path, model);
  if (mismatch) found.push(mismatch);
  if (device) found.push(...misplaced(path, model, device));
  return found;
}

const broken = (found: readonly Diagnostic[]): boolean => found.some(({ severity }) => severity === 'error');

/** Reasons to doubt the source text in an artifact: wrong metadata, or a graph that was not compiled from that text. */
export async function checkOwnSource(path: string): Promise<readonly Diagnostic[]> {
  const { value: opened, diagnostics } = await withBytes(path, openModel);
  if (!opened?.facts) return opened?.diagnostics ?? diagnostics;
  const found = checkClaims(opened.facts.model);
  return found.length > 0 ? found : checkCarried(path, opened.facts);
}

/** Compares an artifact with the source text in it, if there is one. */
async function checkCarried(path: string, facts: Facts): Promise<readonly Diagnostic[]> {
  const { model } = facts;
  const text = claimsBenben(model) ? infoFrom(metadataIn(model))?.source : undefined;
  return text === undefined ? [] : (await import('./source.ts')).checkCarriedSource(path, facts, text);
}

/** Reports nodes that have no kernel on the device, or may have none. D626 already reports unknown operators. */
function misplaced(path: string, model: Model, device: Device): readonly Diagnostic[] {
  const known = placementDiagnostics(path, model, device).filter(({ code }) => code !== 'D549');
  const { nodes, unknown } = placementOn(device.provider, model);
  if (unknown.length === 0) return known;
  const message = `${countIn(unknown)} of ${nodes} nodes may have no kernel on ${device.name}: ${unknown.map(lackText).join(', ')}`;
  return [...known, claimProblem('D656', message, 'note')];
}
