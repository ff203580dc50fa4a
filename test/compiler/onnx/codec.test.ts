/** Compares the codec with onnx-proto's generated code: fields, numbers, types, packing and order. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import onnxProto from 'onnx-proto';
import { describe, expect, test } from 'vitest';
import { decodeMessage, decodeModelProto } from '../../../compiler/onnx/decode.ts';
import { encodeMessage, encodeModelProto } from '../../../compiler/onnx/encode.ts';
import {
  type FieldRow,
  isMessage,
  MESSAGES,
  type MessageName,
  rowsOf,
} from '../../../compiler/onnx/messages.ts';

/** The fields that onnx-proto (ONNX 1.10) does not have: those that later versions of ONNX added, and `Opaque`. */
const NEWER: Readonly<Record<string, readonly string[]>> = {
  ModelProto: ['configuration'],
  GraphProto: ['metadataProps'],
  NodeProto: ['overload', 'metadataProps', 'deviceConfigurations'],
  // The first two belong to the first draft of functions.
  FunctionProto: ['sinceVersion', 'status', 'attributeProto', 'valueInfo', 'overload', 'metadataProps'],
  TensorProto: ['metadataProps'],
  ValueInfoProto: ['metadataProps'],
  TypeProto: ['opaqueType'],
};

const NEWER_MESSAGES: readonly string[] = [
  'TypeProto.Opaque',
  'DeviceConfigurationProto',
  'NodeDeviceConfigurationProto',
  'ShardingSpecProto',
  'IntIntListEntryProto',
  'ShardedDimProto',
  'SimpleShardedDimProto',
];

interface Generated {
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  toObject(message: object, options: object): Record<string, unknown>;
}

const NAMES = Object.keys(MESSAGES) as MessageName[];
const SHARED = NAMES.filter((name) => !NEWER_MESSAGES.includes(name));

const generated = (name: MessageName): Generated =>
  name
    .split('.')
    .reduce((at: unknown, part) => (at as Record<string, unknown>)[part], onnxProto.onnx) as Generated;

/** The fields of each of onnx-proto's messages, from its declarations. */
function declaredFields(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const text = readFileSync(
    createRequire(import.meta.url)
      .resolve('onnx-proto')
      .replace(/\.js$/, '.d.ts'),
    'utf8',
  );
  const found = new Map<string, Map<string, string>>();
  for (const [, name, body] of text.matchAll(/interface I(\w+) \{([^}]*)\}/g)) {
    const fields = [...body!.matchAll(/^\s+(\w+)\?: \(?(.*?)\)?;/gm)].map(
      ([, field, type]) => [field!, type!] as const,
    );
    found.set(name!, new Map(fields));
  }
  return found;
}

/** The last part of a message's name. onnx-proto names the interface of an inner message by this part. */
const shortName = (name: string): string => name.split('.').at(-1)!;

const TYPE_TEXTS: Readonly<Record<string, RegExp>> = {
  int32: /^(number|onnx\.\S+)\|null$/,
  int64: /^number\|Long\|null$/,
  uint64: /^number\|Long\|null$/,
  float: /^number\|null$/,
  double: /^number\|null$/,
  string: /^string\|null$/,
  bytes: /^Uint8Array\|null$/,
};

const LIST_TEXTS: Readonly<Record<string, string>> = {
  int32: 'number[]|null',
  int64: '(number|Long)[]|null',
  uint64: '(number|Long)[]|null',
  float: 'number[]|null',
  double: 'number[]|null',
  string: 'string[]|null',
  bytes: 'Uint8Array[]|null',
};

const typeFits = ([, type, repeated]: FieldRow, text: string): boolean => {
  if (isMessage(type)) {
    const inner = type.replace(/(\w+)$/, 'I$1');
    return text === `onnx.${inner}${repeated === 'list' ? '[]' : ''}|null`;
  }
  return repeated === 'list' ? text === LIST_TEXTS[type] : TYPE_TEXTS[type]!.test(text);
};

const INT64 = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(asInt64),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n),
);

/** An integer as it is stored in messages: a bigint only if a number would not be exact. */
function asInt64(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

const SCALARS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  int32: fc.integer(),
  int64: INT64,
  uint64: fc.oneof(fc.nat(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(asInt64)),
  float: fc.float({ noNaN: true }),
  double: fc.double({ noNaN: true }),
  string: fc.string({ unit: 'binary' }),
  bytes: fc.uint8Array({ maxLength: 20 }),
};

/** Any message of the type `name`. All lists are present, and other fields may be missing. */
function arbitrary(
  name: MessageName,
  depth: number,
  without: (field: string, of: MessageName) => boolean,
): fc.Arbitrary<object> {
  const rows = rowsOf(name).filter(
    ([field, [, type]]) => !without(field, name) && (depth > 0 || !isMessage(type)),
  );
  const fields = rows.map(([field, [, type, repeated]]) => {
    const one = isMessage(type) ? arbitrary(type, depth - 1, without) : SCALARS[type]!;
    return [field, repeated === 'list' ? fc.array(one, { maxLength: 3 }) : one] as const;
  });
  return fc.record(Object.fromEntries(fields), {
    requiredKeys: rows.filter(([, [, , repeated]]) => repeated === 'list').map(([field]) => field),
    noNullPrototype: true,
  });
}

const all = (name: MessageName) => arbitrary(name, 2, () => false);
const known = (name: MessageName) => arbitrary(name, 2, (field, of) => NEWER[of]?.includes(field) ?? false);

/** The object that onnx-proto takes instead of a bigint. */
const forGenerated = (value: unknown): unknown => {
  if (typeof value === 'bigint')
    return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)) };
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(forGenerated);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, forGenerated(one)]));
};

/** A message for the comparison of two readers: empty lists are left out, and numbers and bytes are text. */
const plain = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return [...value].join(' ');
  if (typeof value === 'number' || typeof value === 'bigint')
    return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, one]) => !Array.isArray(one) || one.length > 0);
  return Object.fromEntries(fields.map(([key, one]) => [key, plain(one)]));
};

describe('the table of messages', () => {
  test('the numbers ascend, and each occurs once', () => {
    for (const name of NAMES) {
      const numbers = rowsOf(name).map(([, [number]]) => number);
      expect(numbers, name).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    }
  });

  test('it declares the fields of onnx-proto with the same types, and no others but newer ones', () => {
    const declared = declaredFields();
    // `Tensor` and others are interfaces inside a namespace. Their short names are unique.
    expect([...declared.keys()].sort()).toEqual(SHARED.map(shortName).sort());
    for (const name of SHARED) {
      const theirs = declared.get(shortName(name))!;
      const ours = rowsOf(name).filter(([field]) => !NEWER[name]?.includes(field));
      expect(ours.map(([field]) => field).sort(), name).toEqual([...theirs.keys()].sort());
      for (const [field, row] of ours)
        expect(typeFits(row, theirs.get(field)!), `${name}.${field}: ${theirs.get(field)}`).toBe(true);
    }
  });
});

describe.each(SHARED)('%s', (name) => {
  test('a message is written with the bytes that onnx-proto writes', () => {
    fc.assert(
      fc.property(known(name), (message) => {
        const theirs = generated(name)
          .encode(forGenerated(message) as object)
          .finish();
        expect(Buffer.compare(encodeMessage(name, message), theirs)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  test('onnx-proto reads the messages that are written here, and the codec reads those that onnx-proto writes', () => {
    const options = { longs: String, arrays: false };
    fc.assert(
      fc.property(known(name), (message) => {
        const read = generated(name).decode(new Uint8Array(encodeMessage(name, message)));
        const theirs = generated(name).toObject(read, options);
        expect(plain(theirs)).toEqual(plain(message));
        const written = generated(name)
          .encode(forGenerated(message) as object)
          .finish();
        expect(plain(decodeMessage(name, written))).toEqual(plain(message));
      }),
      { numRuns: 40 },
    );
  });
});

test.each(NAMES)('%s with newer fields is read as it was written', (name) => {
  fc.assert(
    fc.property(all(name), (message) => {
      expect(plain(decodeMessage(name, encodeMessage(name, message)))).toEqual(plain(message));
    }),
    { numRuns: 40 },
  );
});

test('fields that are undefined or null are not written', () => {
  const message = { name: undefined, opType: null as unknown as undefined, domain: '' };
  expect([...encodeMessage('NodeProto', message)]).toEqual([...encodeMessage('NodeProto', { domain: '' })]);
});

test('integers beyond 2^53 are read exactly as bigints, and others as numbers', () => {
  const ints = [2n ** 63n - 1n, -(2n ** 63n), 2 ** 53 - 1, -1, 0];
  expect(decodeMessage('AttributeProto', encodeMessage('AttributeProto', { ints })).ints).toEqual(ints);
});

test('missing lists are read as empty lists that cannot be changed', () => {
  const { input, attribute } = decodeMessage('NodeProto', new Uint8Array(0));
  expect([input, attribute]).toEqual([[], []]);
  expect(() => (input as string[]).push('x')).toThrow(TypeError);
});

test('reserving room for large weights does not change the bytes', () => {
  const rawData = new Uint8Array(2 ** 24 + 1).fill(7);
  const model = {
    irVersion: 8,
    graph: { name: 'g', initializer: [{ name: 'w', dims: [2 ** 24 + 1], dataType: 2, rawData }] },
  };
  const bytes = encodeModelProto(model);
  expect(Buffer.compare(bytes, encodeMessage('ModelProto', model))).toBe(0);
  expect(Buffer.compare(decodeModelProto(bytes).graph!.initializer[0]!.rawData!, rawData)).toBe(0);
});

test('bytes that are read from a Buffer are not a Buffer', () => {
  const bytes = Buffer.from(encodeMessage('TensorProto', { rawData: Uint8Array.of(1, 2, 3) }));
  const { rawData } = decodeMessage('TensorProto', bytes);
  expect(Buffer.isBuffer(rawData)).toBe(false);
  expect(encodeMessage('TensorProto', { name: 'x' })).not.toBeInstanceOf(Buffer);
});

test('only the type checker and tests use onnx-proto, so its protobufjs 6 never parses the bytes of a stranger', () => {
  const outside = [
    'dsl',
    'compiler',
    'passes',
    'pipeline',
    'report',
    'check',
    'runtime',
    'cli',
    'bench',
    'scaffold',
  ];
  const inside = outside.flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: 'utf8' }).map((name) => join(room, name)),
  );
  const files = [...inside, 'index.ts', 'core.ts'].filter((file) => file.endsWith('.ts'));
  const naming = files.filter((file) => readFileSync(file, 'utf8').includes("'onnx-proto'"));
  // `import type` leaves nothing in the compiled code.
  const loading = naming.filter((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .some((line) => line.includes("'onnx-proto'") && !line.startsWith('import type ')),
  );
  expect(loading).toEqual([]);
  // The package's own protobufjs is the only one that the codec loads.
  const ours = createRequire(import.meta.url).resolve('protobufjs/minimal');
  expect(JSON.parse(readFileSync(join(dirname(ours), 'package.json'), 'utf8')).version).toMatch(/^8\./);
});
