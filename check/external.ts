/** The data files that a model names, and the rules that check whether its tensors fit into them. */

import { EXTERNAL } from '../compiler/onnx/enums.ts';
import type { Tensor } from '../compiler/onnx/model.ts';
import type { Facts } from './facts.ts';
import { addTo } from './groups.ts';
import { counted, type Finding, type Rules, shown } from './rule.ts';
import { bytesOfTensor, dtypeText, sizeText } from './sizes.ts';

/** The state of one location in the file system. A location outside the model's folder is never opened. */
export type FileFact =
  | { readonly size: number }
  | { readonly problem: 'missing' | 'outside' | 'not a file'; readonly why: string };

/** The location of a tensor's external data, as the tensor states it. */
interface ExternalPlace {
  readonly tensor: Tensor;
  readonly where: string;
  readonly called: string;
  readonly location: string;
  readonly offset: number;
  /** The length in bytes; absent if the model does not state it. */
  readonly length?: number;
  /** What is wrong with the location: the words that follow `called` in the message. */
  readonly fault?: string;
  /** A key of `external_data` that ONNX does not define. */
  readonly unknownKey?: string;
}

/** The keys of `external_data`. Old files have `basepath`, and ONNX Runtime adds keys that begin with `prepacked`. */
const KEYS: readonly string[] = ['location', 'offset', 'length', 'checksum', 'basepath'];
const isKey = (key: string): boolean => KEYS.includes(key) || key.startsWith('prepacked');

/** Parses a number of bytes, written in decimal digits; NaN if the text is anything else. */
const bytesIn = (text: string | undefined): number =>
  text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;

const known = new WeakMap<Facts['tensors'], readonly ExternalPlace[]>();

/** The locations of all tensors whose data is in data files. They are computed once for all rules. */
function places({ tensors }: Facts): readonly ExternalPlace[] {
  const found = known.get(tensors) ?? [...placesOf(tensors)];
  known.set(tensors, found);
  return found;
}

function* placesOf(tensors: Facts['tensors']): Generator<ExternalPlace> {
  for (const { tensor, where, called } of tensors) {
    if (tensor.dataLocation !== EXTERNAL) continue;
    const fields = new Map(tensor.externalData.map(({ key, value }) => [key ?? '', value ?? '']));
    const [location, offset, length] = [fields.get('location'), fields.get('offset'), fields.get('length')];
    const unknownKey = [...fields.keys()].find((key) => !isKey(key));
    const [from, size] = [bytesIn(offset ?? '0'), bytesIn(length ?? '0')];
    const fault =
      location === undefined || location === ''
        ? 'states that its data is in a file, but names no file'
        : Number.isNaN(from)
          ? `has the offset '${shown(offset)}', which is not a number of bytes`
          : Number.isNaN(size)
            ? `has the length '${shown(length)}', which is not a number of bytes`
            : undefined;
    yield {
      tensor,
      where,
      called,
      location: location ?? '',
      offset: from,
      ...(length !== undefined && { length: size }),
      ...(fault !== undefined && { fault }),
      ...(unknownKey !== undefined && { unknownKey }),
    };
  }
}

/**
 * Whether a path leaves the folder at any step. This function checks only the text of the path; the code that reads
 * the file system checks links.
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

/** The locations of the data files that a model names, without duplicates. */
export const externalLocations = (facts: Facts): readonly string[] => [
  ...new Set(
    places(facts)
      .filter(({ fault }) => fault === undefined)
      .map(({ location }) => location),
  ),
];

interface PlaceInFile {
  readonly place: ExternalPlace;
  /** The size of the file. */
  readonly size: number;
  /** The position after the last byte of the tensor. */
  readonly end: number;
}

/** The locations without a fault whose files exist. */
function* inFiles(facts: Facts): Generator<PlaceInFile> {
  for (const place of places(facts)) {
    const file = facts.files?.get(place.location);
    if (place.fault !== undefined || !file || !('size' in file)) continue;
    const length = place.length ?? bytesOfTensor(place.tensor) ?? 0;
    yield { place, size: file.size, end: place.offset + length };
  }
}

/** The locations that reach beyond the end of their file, grouped by file. */
function beyond(facts: Facts): Iterable<readonly PlaceInFile[]> {
  const byFile = new Map<string, PlaceInFile[]>();
  for (const found of inFiles(facts)) {
    const { place, size, end } = found;
    if (end > size || place.offset > size) addTo(byFile, place.location, found);
  }
  return byFile.values();
}

function* overlaps(facts: Facts): Generator<Finding> {
  const byFile = new Map<string, PlaceInFile[]>();
  for (const found of inFiles(facts)) {
    const { location, offset } = found.place;
    if (found.end !== offset) addTo(byFile, location, found);
  }
  for (const list of byFile.values()) {
    list.sort((a, b) => a.place.offset - b.place.offset || a.end - b.end);
    let last = list[0]!;
    for (const next of list.slice(1)) {
      const { called, where, offset } = next.place;
      // Two tensors with exactly the same bytes share their weights, which is allowed.
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
      'The weights of a model must be in the folder of the model. A location can lead out of this folder by `..`, by an absolute path or through a link. Such a location could make a reader open any file on the machine, so Benben does not open it.',
    advice:
      'put the file into the folder of the model; do not load such a model from a source that you do not trust',
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
    title: 'a missing data file',
    cause: 'The file that contains the weights is missing, or it is a folder, a device or a pipe.',
    advice: 'keep the data files in the folder of the model, under the names that the model gives them',
    *find(facts) {
      const seen = new Set<string>();
      for (const { location, where, called, fault } of places(facts)) {
        const file = facts.files?.get(location);
        if (fault !== undefined || !file || !('problem' in file) || file.problem === 'outside') continue;
        if (seen.has(location)) continue;
        seen.add(location);
        yield { message: `${called} is in '${shown(location)}', but ${file.why}`, where };
      }
    },
  },
  D646: {
    title: 'an invalid location in a data file',
    cause:
      'The location of a tensor consists of a file, an offset and a length in bytes. Here it reaches beyond the end of the file, its numbers are not valid, or it has keys that ONNX does not define.',
    advice: 'copy the data file again, or export the model again',
    *find(facts) {
      for (const { called, where, fault, unknownKey } of places(facts)) {
        if (fault !== undefined) yield { message: `${called} ${fault}`, where };
        else if (unknownKey !== undefined)
          yield {
            message: `${called} has the external_data key '${shown(unknownKey)}', which ONNX does not define`,
            where,
          };
      }
      // A truncated file is one mistake, so it is reported once and not for each of its tensors.
      for (const [first, ...others] of beyond(facts)) {
        const { place, end, size } = first!;
        const { called, where, location, offset } = place;
        const last = others.reduce((most, other) => Math.max(most, other.end), end);
        const more =
          others.length > 0
            ? `; the file also lacks data of ${counted(others.length, 'other tensor')}, up to byte ${last}`
            : '';
        yield {
          message: `${called} is at bytes ${offset} to ${end} of '${shown(location)}', which has only ${counted(size, 'byte')}${more}`,
          where,
        };
      }
    },
  },
  D647: {
    title: 'external data whose length does not match its tensor',
    cause: 'The length that the model gives is not the number of bytes that the tensor’s dims and type need.',
    advice: 'export the model again',
    *find(facts) {
      for (const { tensor, called, where, length, fault } of places(facts)) {
        const bytes = bytesOfTensor(tensor);
        if (fault !== undefined || length === undefined || bytes === undefined || length === bytes) continue;
        yield {
          message: `${called}, ${dtypeText(tensor.dataType)} [${tensor.dims.join(', ')}], needs ${sizeText(bytes)} (${bytes} bytes) but has ${length}`,
          where,
        };
      }
    },
  },
  D648: {
    title: 'tensors that overlap in a data file',
    severity: 'warning',
    cause:
      'Two tensors may share exactly the same bytes, but a tensor that begins in the middle of another one is usually a mistake.',
    advice: 'export the model again',
    find: overlaps,
  },
};
