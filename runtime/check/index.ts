/** `benben check` of an `.onnx` file: its bytes, what lies beside it, what it says of itself, and a device. */
import { checkFacts, externalLocations, type Facts, type Model, openModel } from '../../check/index.ts';
import type { Diagnostic, Source } from '../../dsl/diagnostics.ts';
import { infoFrom } from '../../pipeline/metadata.ts';
import { strangeData } from '../data_mark.ts';
import type { Device } from '../devices.ts';
import { countIn, lackText, placementDiagnostics, placementOn } from '../placement.ts';
import { withBytes } from './bytes.ts';
import { checkClaims, claimsBenben, metadataOfModel } from './claims.ts';
import { claimProblem } from './codes.ts';
import { type Looking, lookBeside, onDisk } from './look.ts';

export interface CheckOptions {
  /** Also tells which nodes have no kernel there. */
  readonly device?: Device;
  /** The text that the file should be compiled from; default: the one that it carries. */
  readonly source?: Source;
  readonly files?: Looking;
}

/** Never throws for a bad file. */
export async function checkFile(path: string, options: CheckOptions = {}): Promise<readonly Diagnostic[]> {
  const { device, source, files = onDisk } = options;
  const { value: opened, diagnostics } = await withBytes(path, openModel);
  if (!opened?.facts) return opened?.diagnostics ?? diagnostics;
  const { facts } = opened;
  const { model } = facts;
  const beside = await lookBeside(path, externalLocations(facts), files);
  const found = [...checkFacts(facts, beside), ...checkClaims(model)];
  // Imported here: the compiler is not needed for anything else.
  if (source) found.push(...(await import('./source.ts')).checkSource(path, model, source));
  // Of a broken model, whose functions may never end, no more is asked.
  if (broken(found)) return found;
  if (!source) found.push(...(await checkCarried(path, facts)));
  const strange = await strangeData(path, model);
  if (strange) found.push(strange);
  if (device) found.push(...misplaced(path, model, device));
  return found;
}

const broken = (found: readonly Diagnostic[]): boolean => found.some(({ severity }) => severity === 'error');

/** What makes the source that an artifact carries doubtful: claims that are not true, and a graph that is not compiled from it. */
export async function checkOwnSource(path: string): Promise<readonly Diagnostic[]> {
  const { value: opened, diagnostics } = await withBytes(path, openModel);
  if (!opened?.facts) return opened?.diagnostics ?? diagnostics;
  const found = checkClaims(opened.facts.model);
  return found.length > 0 ? found : checkCarried(path, opened.facts);
}

/** Nothing of a file that carries no source. */
async function checkCarried(path: string, facts: Facts): Promise<readonly Diagnostic[]> {
  const { model } = facts;
  const text = claimsBenben(model) ? infoFrom(metadataOfModel(model))?.source : undefined;
  return text === undefined ? [] : (await import('./source.ts')).checkCarriedSource(path, facts, text);
}

/** What D626 has told of unknown operators is not told again. */
function misplaced(path: string, model: Model, device: Device): readonly Diagnostic[] {
  const told = placementDiagnostics(path, model, device).filter(({ code }) => code !== 'D549');
  const { nodes, unknown } = placementOn(device.provider, model);
  if (unknown.length === 0) return told;
  const which = `${countIn(unknown)} of ${nodes} nodes ${countIn(unknown) === 1 ? 'has' : 'have'}`;
  const message = `whether ${which} a kernel on ${device.name} is not known: ${unknown.map(lackText).join(', ')}`;
  return [...told, claimProblem('D656', message, 'note')];
}
