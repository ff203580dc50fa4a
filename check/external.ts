/** Data files: which ones a model names, and whether the tensors in them are where it says. */

import type { Tensor } from '../compiler/onnx/model.ts';
import type { Facts } from './facts.ts';
import { type Finding, type Rules, shown } from './rule.ts';
import { bytesOfTensor, dtypeText, sizeText } from './sizes.ts';
import { EXTERNAL } from './tensors.ts';

/** What a look at the file system found of one location; nothing outside the model's folder is looked at. */
export type FileFact =
  | { readonly size: number }
  | { readonly problem: 'missing' | 'outside' | 'not a file'; readonly why: string };

interface Place {
  readonly tensor: Tensor;
  readonly where: string;
  readonly called: string;
  readonly location: string;
  readonly offset: number;
  /** Absent: to the end of the file. */
  readonly length?: number;
  readonly fault?: string;
  /** A key that readers do not know. */
  readonly strange?: string;
}

/** What says where data is; `basepath` is of old files. */
const KEYS: readonly string[] = ['location', 'offset', 'length', 'checksum', 'basepath'];
const isKey = (key: string): boolean => KEYS.includes(key) || key.startsWith('prepacked');

/** A whole number of bytes, written in digits. */
const bytesIn = (text: string | undefined): number =>
  text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;

const known = new WeakMap<Facts['tensors'], readonly Place[]>();

/** Of every tensor in a data file; found once, for all rules. */
function places({ tensors }: Facts): readonly Place[] {
  const found = known.get(tensors) ?? [...placesOf(tensors)];
  known.set(tensors, found);
  return found;
}

function* placesOf(tensors: Facts['tensors']): Generator<Place> {
  for (const { tensor, where, called } of tensors) {
    if (tensor.dataLocation !== EXTERNAL) continue;
    const fields = new Map(tensor.externalData.map(({ key, value }) => [key ?? '', value ?? '']));
    const [location, offset, length] = [fields.get('location'), fields.get('offset'), fields.get('length')];
    const strange = [...fields.keys()].find((key) => !isKey(key));
    const [from, size] = [bytesIn(offset ?? '0'), bytesIn(length ?? '0')];
    const fault =
      location === undefined || location === ''
        ? 'names no file'
        : Number.isNaN(from)
          ? `has the offset '${shown(offset)}'`
          : Number.isNaN(size)
            ? `has the length '${shown(length)}'`
            : undefined;
    yield {
      ...{ tensor, where, called, location: location ?? '', offset: from },
      ...(length !== undefined && { length: size }),
      ...(fault !== undefined && { fault }),
      ...(strange !== undefined && { strange }),
    };
  }
}

/**
 * A path that leaves the folder by its words alone, at its end or on its way; links are looked at by whoever sees the
 * file system.
 */
export function leavesFolder(location: string): boolean {
  if (/^([\\/]|[A-Za-z]:)/.test(location) || location.includes('\0')) return true;
  let depth = 0;
  return location.split(/[\\/]/).some((part) => {
    if (part === '..') depth--;
    else if (part !== '' && part !== '.') depth++;
    return depth < 0;
  });
}

/** The files that a model names, each once. */
export const externalLocations = (facts: Facts): readonly string[] => [
  ...new Set(
    places(facts)
      .filter(({ fault }) => fault === undefined)
      .map(({ location }) => location),
  ),
];

interface PlaceInFile {
  readonly place: Place;
  /** Of the file. */
  readonly size: number;
  readonly end: number;
}

/** Sound places: in a known file, with their lengths. */
function* inFiles(facts: Facts): Generator<PlaceInFile> {
  for (const place of places(facts)) {
    const file = facts.files?.get(place.location);
    if (place.fault !== undefined || !file || !('size' in file)) continue;
    const length = place.length ?? bytesOfTensor(place.tensor) ?? 0;
    yield { place, size: file.size, end: place.offset + length };
  }
}

/** What lies beyond the end of its file, file by file. */
function beyond(facts: Facts): Iterable<readonly [PlaceInFile, ...PlaceInFile[]]> {
  const byFile = new Map<string, [PlaceInFile, ...PlaceInFile[]]>();
  for (const found of inFiles(facts)) {
    const { place, size, end } = found;
    if (end <= size && place.offset <= size) continue;
    const list = byFile.get(place.location);
    if (list) list.push(found);
    else byFile.set(place.location, [found]);
  }
  return byFile.values();
}

function* overlaps(facts: Facts): Generator<Finding> {
  const byFile = new Map<string, PlaceInFile[]>();
  for (const found of inFiles(facts)) {
    const { location, offset } = found.place;
    if (found.end === offset) continue;
    const list = byFile.get(location);
    if (list) list.push(found);
    else byFile.set(location, [found]);
  }
  for (const list of byFile.values()) {
    list.sort((a, b) => a.place.offset - b.place.offset || a.end - b.end);
    let last = list[0]!;
    for (const next of list.slice(1)) {
      const { called, where, offset } = next.place;
      // The same bytes for two tensors are shared weights.
      const shared = offset === last.place.offset && next.end === last.end;
      if (offset < last.end && !shared)
        yield {
          message: `${called} begins at byte ${offset}, inside ${last.place.called}, which ends at ${last.end}`,
          where,
        };
      if (next.end > last.end) last = next;
    }
  }
}

export const EXTERNAL_DATA: Rules = {
  D644: {
    title: 'a data file outside the model’s folder',
    cause:
      'The weights of a model lie in its own folder. A name that leads out of it, by `..`, from the root or through a link, could make a reader open any file of the machine; it is not looked at.',
    advice: 'put the file beside the model; do not load a model like this from a stranger',
    *find(facts) {
      const seen = new Set<string>();
      for (const { location, where, called, fault } of places(facts)) {
        const file = facts.files?.get(location);
        const outside = leavesFolder(location) || (file && 'problem' in file && file.problem === 'outside');
        if (fault !== undefined || !outside || seen.has(location)) continue;
        seen.add(location);
        const why = file && 'why' in file && file.problem === 'outside' ? ` (${file.why})` : '';
        yield { message: `${called} is in '${shown(location)}', outside the model’s folder${why}`, where };
      }
    },
  },
  D645: {
    title: 'a data file that is not there',
    cause: 'The file that holds weights is missing, or is a folder, a device or a pipe.',
    advice: 'keep the data files beside the model, under the names that it has for them',
    *find(facts) {
      const seen = new Set<string>();
      for (const { location, where, called, fault } of places(facts)) {
        const file = facts.files?.get(location);
        if (fault !== undefined || !file || !('problem' in file) || file.problem === 'outside') continue;
        if (seen.has(location)) continue;
        seen.add(location);
        yield { message: `${called} is in '${shown(location)}', and ${file.why}`, where };
      }
    },
  },
  D646: {
    title: 'a place that a data file does not have',
    cause:
      'The place of a tensor is a file, an offset and a length in bytes. These go beyond the file, are no numbers, or are called otherwise.',
    advice: 'copy the data file again, or export the model again',
    *find(facts) {
      for (const { called, where, fault, strange } of places(facts)) {
        if (fault !== undefined) yield { message: `${called} ${fault}`, where };
        else if (strange !== undefined)
          yield {
            message: `${called} says where it is by '${shown(strange)}', which no reader knows`,
            where,
          };
      }
      // A file that was cut is one mistake, however many tensors it had.
      for (const [first, ...others] of beyond(facts)) {
        const { place, end, size } = first;
        const { called, where, location, offset } = place;
        const last = others.reduce((most, other) => Math.max(most, other.end), end);
        const more =
          others.length > 0 ? `; ${others.length} more go beyond it, the last to byte ${last}` : '';
        yield {
          message: `${called} is at bytes ${offset} to ${end} of '${shown(location)}', which has ${size}${more}`,
          where,
        };
      }
    },
  },
  D647: {
    title: 'data of another length than the tensor',
    cause: 'The length in the data file is not what the tensor’s dims and type take.',
    advice: 'export the model again',
    *find(facts) {
      for (const { tensor, called, where, length, fault } of places(facts)) {
        const bytes = bytesOfTensor(tensor);
        if (fault !== undefined || length === undefined || bytes === undefined || length === bytes) continue;
        yield {
          message: `${called}, ${dtypeText(tensor.dataType)} [${tensor.dims.join(', ')}], takes ${sizeText(bytes)} (${bytes} bytes) and has ${length}`,
          where,
        };
      }
    },
  },
  D648: {
    title: 'tensors that overlap in a data file',
    severity: 'warning',
    cause: 'Two tensors may be the same bytes, but one that begins in the middle of another is seldom meant.',
    advice: 'export the model again',
    find: overlaps,
  },
};
