/** Mistakes that plain JavaScript allows in a call give a diagnostic, never an exception of ours or of ONNX Runtime. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  compile,
  type Diagnostic,
  DiagnosticError,
  load,
  loadCompiled,
  loadModel,
  loadSource,
  loadStreaming,
  type Model,
  measureError,
  openStreaming,
  parse,
  type StreamingModel,
  weightsFor,
  write,
} from '../../index.ts';
import { type OptionRules, optionsFor, SWITCH, WHOLE } from '../../pipeline/options.ts';
import { artifactIn, SOURCE, temporaryFolder } from '../runtime/tiny_artifact.ts';

/** A function without its types, as JavaScript calls it. */
type Untyped = (...args: readonly unknown[]) => unknown;
const untyped = (f: unknown): Untyped => f as Untyped;

const folder = temporaryFolder();
const reported = (diagnostics: readonly Diagnostic[]): string[] =>
  diagnostics.map(({ code, message }) => `${code} ${message}`);

/** The diagnostics of a call that must fail, whether it returns them or throws a DiagnosticError. */
async function refusal(call: () => unknown): Promise<readonly Diagnostic[]> {
  try {
    const outcome = (await call()) as { value?: unknown; diagnostics: readonly Diagnostic[] };
    expect(outcome.value).toBeUndefined();
    return outcome.diagnostics;
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics;
    throw error;
  }
}

const compiling = untyped(compile);
const compiled = compile(SOURCE).value!;
let [artifact, encoder] = ['', ''];
let model: Model;
let reader: Model;
let streaming: StreamingModel;

beforeAll(async () => {
  artifact = await artifactIn(folder, 'tiny.onnx', { beam: 2 });
  encoder = await artifactIn(folder, 'encoder.onnx', { entry: 'encode' });
  model = (await loadModel(artifact)).value!;
  reader = (await loadModel(encoder)).value!;
  streaming = (await loadStreaming(SOURCE)).value!;
  return async () => void (await Promise.all([model, reader, streaming].map((one) => one.close())));
});

describe('compile', () => {
  test.each([
    [{ precision: 'int2' }, "D570 precision is 'int2', but must be one of fp32, fp16, int8, int4"],
    [{ precision: 8 }, 'D570 precision is 8, but must be one of fp32, fp16, int8, int4'],
    [{ target: 'tpu' }, "D570 target is 'tpu', but must be one of cpu, cuda, webgpu, portable"],
    [{ entry: 'constructor' }, /^D570 entry is 'constructor', but must be one of encode, .*step$/],
    [{ passes: 'fast' }, /^D570 passes is 'fast', but must be one of none, /],
    [{ compat: 'fairseq' }, "D570 compat is 'fairseq', but must be one of none, paper"],
    [{ model: 3 }, 'D570 model is 3, but must be a string'],
    [{ beam: '2' }, "D570 beam is '2', but must be a number"],
    [{ beam: null }, 'D570 beam is null, but must be a number'],
    [{ beam: 0 }, 'D556 the number of beams is 0, but must be an integer from 1 to 64'],
    [{ beam: 1.5 }, 'D556 the number of beams is 1.5, but must be an integer from 1 to 64'],
    [{ beam: 2, returned: 3 }, 'D556 3 texts are requested, but a search with 2 beams returns 1 to 2 texts'],
    [{ ids: { pad: '1' } }, 'D570 ids is an object, but must be two ids: { pad, eos }, both numbers'],
    [{ forms: {} }, 'D570 forms is an object, but must be a Map'],
    [{ beem: 2 }, "D570 compile has no option 'beem'"],
    [{ best: 2 }, "D570 compile has no option 'best'"],
    [null, 'D570 the options argument of compile is null, but must be an object'],
    ['int8', "D570 the options argument of compile is 'int8', but must be an object"],
  ])('%j', async (options, message) => {
    const [first, ...others] = reported(await refusal(() => compiling(SOURCE, options)));
    expect(others).toEqual([]);
    if (typeof message === 'string') expect(first).toBe(message);
    else expect(first).toMatch(message);
  });

  test('every wrong option is reported, with a suggestion', async () => {
    const all = await refusal(() => compiling(SOURCE, { target: 'tpu', precison: 'int8', best: 2 }));
    expect(all.map(({ help }) => help)).toEqual([
      undefined,
      'did you mean `precision`?',
      expect.stringMatching(/^its options are: .*`returned`/),
    ]);
  });

  test('an option that is undefined counts as absent', () => {
    const options = { beam: undefined, target: undefined, precision: undefined };
    expect(compiling(SOURCE, options)).toMatchObject({ value: { target: 'cpu', search: { beam: 1 } } });
  });

  test.each(['model A { width 8 }', undefined, null, { path: 'a.ben' }, ['a']])(
    'a source that is %j',
    async (source) => {
      for (const call of [compile, parse, loadSource]) {
        const [wrong] = await refusal(() => untyped(call)(source));
        expect(wrong).toMatchObject({ code: 'D570', help: 'to open a file: `load(path)`' });
        expect(wrong!.message).toMatch(
          /^source is .*, but must be a source: \{ path, text \}, both strings$/,
        );
      }
    },
  );
});

describe('documents', () => {
  test.each([
    ['a text', "documents is 'a text', but must be an array of strings"],
    [null, 'documents is null, but must be an array of strings'],
    [undefined, 'documents is undefined, but must be an array of strings'],
    [['a', null], 'documents is an array with null at index 1, but must be an array of strings'],
    [new Array(1), 'documents is an array with undefined at index 0, but must be an array of strings'],
    [[['a']], 'documents is an array with an array at index 0, but must be an array of strings'],
  ])('%j', async (documents, message) => {
    for (const [one, entry] of [
      [model, 'generate'],
      [reader, 'encode'],
    ] as const) {
      const [wrong] = await refusal(() => untyped(one[entry])(documents));
      expect(wrong).toMatchObject({ code: 'D570', message, help: `for one document: \`${entry}([text])\`` });
    }
  });

  test('an empty list of documents gives no texts', async () => {
    expect(await model.generate([])).toEqual({ value: [], diagnostics: [] });
    expect(await reader.encode([])).toEqual({ value: [], diagnostics: [] });
  });

  // ONNX Runtime divides by the size of the batch, which would end the process.
  test('an empty batch of tensors is refused before ONNX Runtime sees it', async () => {
    const none = { dtype: 'int64', shape: [0, 4], data: new BigInt64Array() } as const;
    const feeds = { input_ids: none, attention_mask: none };
    const wrong = await refusal(() => reader.run(feeds));
    expect(reported(wrong)).toEqual(
      ['input_ids', 'attention_mask'].map(
        (name) =>
          `D544 input '${name}' (int64 [batch, length]) has the shape [0, 4], but 'batch' must be at least 1`,
      ),
    );
  });

  // ONNX reads an id below zero from the end of the table: -1 would be the last token of the vocabulary.
  test('an id that the model does not have is refused, with its input and its place', async () => {
    const ids = (...all: bigint[]) =>
      ({ dtype: 'int64', shape: [2, 2], data: BigInt64Array.from(all) }) as const;
    const attention_mask = ids(1n, 1n, 1n, 1n);
    const { vocabulary } = reader.info.spec;
    for (const id of [-1n, BigInt(vocabulary)]) {
      const wrong = await refusal(() => reader.run({ input_ids: ids(4n, 5n, 6n, id), attention_mask }));
      expect(reported(wrong)).toEqual([
        `D571 input 'input_ids' has the id ${id} at [1, 1], but the ids of the model are 0 to ${vocabulary - 1}`,
      ]);
    }
    const most = ids(0n, 5n, 6n, BigInt(vocabulary - 1));
    await expect(reader.run({ input_ids: most, attention_mask })).resolves.toHaveProperty('memory');
  });

  test.each([undefined, null, { input_ids: [1, 2], attention_mask: [1, 1] }])(
    'feeds that are %j',
    async (feeds) => {
      const [wrong] = await refusal(() => untyped(reader.run)(feeds));
      expect(wrong!.code).toMatch(/^D5(70|44)$/);
      expect(wrong!.message).toMatch(
        /feeds is |must be a tensor \{ dtype, shape, data \}, but is something else$/,
      );
    },
  );
});

describe('options of a model', () => {
  test.each([
    [{ max: '3' }, "D570 max is '3', but must be a number"],
    [{ lengthPenalty: '1' }, "D570 lengthPenalty is '1', but must be a number"],
    [{ long: 'shorten' }, "D570 long is 'shorten', but must be one of cut, refuse"],
    [{ signal: true }, 'D570 signal is true, but must be an AbortSignal'],
    [{ maximum: 3 }, "D570 generate has no option 'maximum'"],
    [{ beam: 3 }, "D570 generate has no option 'beam'"],
    [null, 'D570 the options argument of generate is null, but must be an object'],
  ])('generate %j', async (options, message) => {
    expect(reported(await refusal(() => untyped(model.generate)(['a'], options)))).toEqual([message]);
  });

  test('search options of a call are refused, with the advice to compile with them', async () => {
    for (const call of [
      () => untyped(model.generate)(['a'], { beam: 3 }),
      () => (untyped(streaming.stream)('a', { beam: 3 }) as AsyncGenerator).next(),
    ]) {
      const [wrong] = await refusal(call);
      expect(wrong!.help).toMatch(/^the search is part of the compiled model: give this option to `compile`/);
    }
  });

  test('encode has no options for the limits of a text', async () => {
    expect(reported(await refusal(() => untyped(reader.encode)(['a'], { max: 3 })))).toEqual([
      "D570 encode has no option 'max'",
    ]);
  });

  test.each([
    [['a'], {}, 'D570 document is an array, but must be a string'],
    [null, {}, 'D570 document is null, but must be a string'],
    ['a', { chunk: '8' }, "D570 chunk is '8', but must be a number"],
    ['a', null, 'D570 the options argument of stream is null, but must be an object'],
  ])('stream(%j, %j)', async (document, options, message) => {
    const first = () => (untyped(streaming.stream)(document, options) as AsyncGenerator).next();
    expect(reported(await refusal(first))).toEqual([message]);
  });

  test('run', async () => {
    expect(reported(await refusal(() => untyped(reader.run)({}, { outputs: 'memory' })))).toEqual([
      "D570 outputs is 'memory', but must be an array of strings",
    ]);
  });
});

describe('loading', () => {
  test.each([
    [{ device: 3 }, 'D570 device is 3, but must be a string'],
    [{ threads: 'four' }, "D570 threads is 'four', but must be an integer from 0 to 1024"],
    [{ threads: -1 }, 'D570 threads is -1, but must be an integer from 0 to 1024'],
    [{ threads: 1e12 }, 'D570 threads is 1000000000000, but must be an integer from 0 to 1024'],
    [{ lowMemory: 'no' }, "D570 lowMemory is 'no', but must be true or false"],
    [{ tokenizer: {} }, 'D570 tokenizer is an object, but must be a path or a tokenizer'],
    [{ weights: 3 }, 'D570 weights is 3, but must be a string'],
    [{ seed: 1.5 }, 'D570 seed is 1.5, but must be an integer'],
    [{ onStage: true }, 'D570 onStage is true, but must be a function'],
    [{ precision: 'int2' }, "D570 precision is 'int2', but must be one of fp32, fp16, int8, int4"],
  ])('loadSource %j', async (options, message) => {
    expect(reported(await refusal(() => untyped(loadSource)(SOURCE, options)))).toEqual([message]);
  });

  test.each([3, undefined, null])('a path that is %j', async (path) => {
    const message = `D570 path is ${path}, but must be a string`;
    for (const call of [load, loadModel])
      expect(reported(await refusal(() => untyped(call)(path)))).toEqual([message]);
    expect(reported(await refusal(() => untyped(write)(compiled, path, { weights: 3 })))[0]).toBe(message);
    expect(reported(await refusal(() => untyped(openStreaming)(path)))).toEqual([
      `D570 paths is ${path}, but must be two paths: { begin, advance }`,
    ]);
  });

  test('an option that the call does not have', async () => {
    const calls: readonly (readonly [string, () => unknown])[] = [
      ['loadModel', () => untyped(loadModel)(artifact, { devise: 'cpu' })],
      ['loadCompiled', () => untyped(loadCompiled)(compiled, { devise: 'cpu' })],
      ['loadStreaming', () => untyped(loadStreaming)(SOURCE, { devise: 'cpu' })],
      ['measureError', () => untyped(measureError)(compiled, { devise: 'cpu' })],
    ];
    for (const [name, call] of calls)
      expect(reported(await refusal(call))).toEqual([`D570 ${name} has no option 'devise'`]);
  });

  test('weights must be a source of weights, and a seed must be an integer', async () => {
    expect(reported(await refusal(() => untyped(write)(compiled, `${folder}/x.onnx`)))).toEqual([
      'D570 weights is null, but must be a source of weights, such as `randomWeights(0)` or the value of `weightsFor`',
    ]);
    expect(reported(await refusal(() => untyped(weightsFor)(compiled, undefined, '1')))).toEqual([
      "D570 seed is '1', but must be an integer",
    ]);
  });

  test('for an artifact, options that only compiling uses are refused', async () => {
    const wrong = await refusal(() => load(artifact, { seed: 1, weights: 'm.safetensors' }));
    expect(wrong.map(({ message }) => message)).toEqual(
      ['seed', 'weights'].map((name) => `load has no option '${name}'`),
    );
    expect(new Set(wrong.map(({ help }) => help))).toEqual(
      new Set(['this option is for .ben files: an .onnx file contains its model and weights']),
    );
  });

  test('an artifact that was compiled with other options than requested is not opened', async () => {
    const { value, diagnostics } = await load(artifact, { model: 'Tiny', entry: 'generate', beam: 2 });
    expect(diagnostics).toEqual([]);
    await value!.close();
    expect(reported(await refusal(() => load(artifact, { model: 'Other', beam: 4 })))).toEqual([
      `D554 ${artifact} was compiled with other options: model Tiny, not Other; beam 2, not 4`,
    ]);
  });

  test('loadStreaming of an artifact points to openStreaming', async () => {
    for (const path of [artifact, 'nowhere.ONNX']) {
      const [wrong] = await refusal(() => loadStreaming(path));
      expect(wrong).toMatchObject({
        code: 'D554',
        message: `${path} is compiled already, but \`loadStreaming\` needs a .ben file`,
        help: expect.stringContaining('openStreaming({ begin, advance })'),
      });
    }
  });
});

test('optionsFor selects the options of one call, without undefined ones', () => {
  const rules: OptionRules<{ a?: number; b?: boolean }> = { a: WHOLE, b: SWITCH };
  expect(optionsFor({ a: undefined, b: false, c: 3 } as { b: boolean }, rules)).toEqual({ b: false });
});
