/**
 * Parses and validates the header of a safetensors file: 8 bytes with its length, then JSON with the position of each
 * tensor. The header is untrusted. After validation, every tensor has a valid type and a valid shape, and exactly as
 * many bytes as these need. All tensors together cover the data of the file exactly once.
 */
import { sizeOf } from '../../compiler/ir/tensors.ts';
import { type Diagnostic, DiagnosticError } from '../../dsl/diagnostics.ts';
import { type RuntimeCode, runtimeDiagnostic } from '../../pipeline/codes.ts';
import { formatOf } from '../file_formats.ts';
import { repeatedKey } from '../repeated_key.ts';

/**
 * The maximum length of a header, which is also the limit of the format's own reader. Real headers have some tens of
 * KB.
 */
export const MAX_HEADER_BYTES = 100_000_000;

const DTYPE_BITS: ReadonlyMap<string, number> = new Map([
  ...(['F64', 'I64', 'U64', 'C64'] as const).map((name) => [name, 64] as const),
  ...(['F32', 'I32', 'U32'] as const).map((name) => [name, 32] as const),
  ...(['F16', 'BF16', 'I16', 'U16'] as const).map((name) => [name, 16] as const),
  ...(['BOOL', 'I8', 'U8', 'F8_E4M3', 'F8_E5M2', 'F8_E8M0'] as const).map((name) => [name, 8] as const),
  ...(['F6_E2M3', 'F6_E3M2'] as const).map((name) => [name, 6] as const),
  ['F4', 4] as const,
]);

export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** The product of the shape. */
  readonly elements: number;
  /** The offsets of its bytes from the beginning of the file. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

/** The length of the header, from the first 8 bytes. Throws DiagnosticError (D515, D516) if it is impossible. */
export function headerLength(path: string, prefix: Uint8Array, fileBytes: number): number {
  const notOne = `${path} is not a safetensors file`;
  if (fileBytes < 10 || prefix.byteLength < 8)
    fail('D515', `${notOne}: ${fileBytes} bytes are too few for a header`);
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  const format =
    length > BigInt(MAX_HEADER_BYTES) || Number(length) > fileBytes - 8 ? formatOf(prefix) : undefined;
  if (format) fail('D515', `${notOne}: it is ${format.name}`, format.forWeights);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    const guess = looksLike(prefix);
    fail('D515', `${notOne}: ${guess ?? `its header would have ${length} bytes`}`);
  }
  if (Number(length) > fileBytes - 8) {
    fail(
      'D516',
      `${path} ends inside its header: it has ${fileBytes} bytes, but needs at least ${8n + length}`,
    );
  }
  return Number(length);
}

/** Recognises a text by its first bytes. */
function looksLike(prefix: Uint8Array): string | undefined {
  const start = String.fromCharCode(...prefix.subarray(0, 4));
  if (start.startsWith('{') || start.startsWith('vers')) return 'it is a text file';
  return undefined;
}

/** Throws DiagnosticError if the header does not match the file exactly. */
export function parseHeader(path: string, bytes: Uint8Array, fileBytes: number): SafetensorsHeader {
  const entries = parseJson(path, bytes);
  const dataStart = 8 + bytes.byteLength;
  const dataBytes = fileBytes - dataStart;
  const tensors = new Map<string, TensorEntry>();
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [name, value] of entries) {
    if (name === '__metadata__') metadata = parseMetadata(path, value);
    else tensors.set(name, parseTensor(path, name, value, dataStart));
  }
  checkLayout(path, [...tensors.values()], dataStart, dataBytes);
  return { metadata, tensors };
}

function parseJson(path: string, bytes: Uint8Array): [string, unknown][] {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    return fail('D515', `${path} is not a safetensors file: its header is not JSON`);
  }
  if (!isObject(value)) {
    return fail('D515', `${path} is not a safetensors file: its header is not a JSON object`);
  }
  const twice = repeatedKey(text, 2)?.key;
  if (twice !== undefined) fail('D515', `the header of ${path} names ${quote(twice)} twice`);
  return Object.entries(value);
}

function parseMetadata(path: string, value: unknown): ReadonlyMap<string, string> {
  // The reader of the format's authors takes null for no metadata.
  if (value === null) return new Map();
  const entries = isObject(value) ? Object.entries(value) : undefined;
  if (!entries?.every((entry): entry is [string, string] => typeof entry[1] === 'string')) {
    return fail('D515', `the header of ${path} has metadata that are not strings`);
  }
  return new Map(entries);
}

function parseTensor(path: string, name: string, value: unknown, dataStart: number): TensorEntry {
  const wrong = (why: string): never => fail('D515', `the header of ${path}: tensor ${quote(name)} ${why}`);
  if (!isObject(value)) return wrong('is not described by an object');
  const { dtype, shape, data_offsets: offsets } = value;
  const bits = typeof dtype === 'string' ? DTYPE_BITS.get(dtype) : undefined;
  if (typeof dtype !== 'string' || bits === undefined) return wrong(`is of unknown type ${show(dtype)}`);
  if (!isCounts(shape)) return wrong(`has the impossible shape ${show(shape)}`);
  const elements = sizeOf(shape);
  if (!Number.isSafeInteger(elements * bits)) return wrong(`has the impossible shape ${show(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    return wrong(`has impossible offsets ${show(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  if ((end - begin) * 8 !== elements * bits) {
    return wrong(
      `has ${end - begin} bytes, but its shape [${shape.join(', ')}] of ${dtype} needs ${(elements * bits) / 8}`,
    );
  }
  return { name, dtype, shape, elements, begin: dataStart + begin, end: dataStart + end };
}

function checkLayout(path: string, tensors: TensorEntry[], dataStart: number, dataBytes: number): void {
  const ordered = tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  const needed = ordered.reduce((most, tensor) => Math.max(most, tensor.end), dataStart) - dataStart;
  if (needed > dataBytes) {
    fail('D516', `${path} is truncated: its tensors need ${needed} bytes, but it has only ${dataBytes}`);
  }
  let reached = dataStart;
  for (const { name, begin, end } of ordered) {
    if (begin < reached) fail('D517', `${path}: tensor ${quote(name)} overlaps the tensor before it`);
    if (begin > reached)
      fail('D517', `${path}: ${begin - reached} bytes before tensor ${quote(name)} belong to no tensor`);
    reached = end;
  }
  if (needed < dataBytes) fail('D516', `${path} has ${dataBytes - needed} bytes after its last tensor`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 64 && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/** Shows a value from the file in a message: on one line, and shortened. */
function show(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? 'nothing';
  } catch (error) {
    // Values that are nested very deeply exhaust the stack.
    if (!(error instanceof RangeError)) throw error;
    text = 'a deeply nested value';
  }
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** Quotes a name from the file in a message, shortened and without control characters. */
export function quote(name: string): string {
  const short = name.length > 120 ? `${name.slice(0, 120)}…` : name;
  return `'${short.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '�')}'`;
}

function fail(code: RuntimeCode, message: string, help?: string): never {
  const diagnostic: Diagnostic = runtimeDiagnostic(code, message, help);
  throw new DiagnosticError(diagnostic);
}
