/** Streaming gives the text that `generate` gives at once, and a stream can be stopped. */
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  DiagnosticError,
  loadModel,
  loadSource,
  loadStreaming,
  openStreaming,
  type Piece,
  type StreamingModel,
  type StreamOptions,
} from '../../index.ts';
import { useTemporaryFolder } from '../temporary.ts';
import { artifactIn, SOURCE, temporaryFolder } from './tiny_artifact.ts';

const folder = temporaryFolder();
useTemporaryFolder(mkdtempSync(join(folder, 'tmp-')));
const WORDS = join(import.meta.dirname, 'fixtures', 'words');
const DOCUMENT = 'the pyramid of stone. a cafe';

const opened: StreamingModel[] = [];
afterAll(() => Promise.all(opened.map((model) => model.close())));

async function open(options: Parameters<typeof loadStreaming>[1] = {}): Promise<StreamingModel> {
  const { value, diagnostics } = await loadStreaming(SOURCE, options);
  expect(diagnostics).toEqual([]);
  opened.push(value!);
  return value!;
}

async function piecesOf(model: StreamingModel, document: string, options?: StreamOptions): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for await (const piece of model.stream(document, options)) pieces.push(piece);
  return pieces;
}

test.each([
  { seed: 0 },
  { seed: 1, tokenizer: WORDS },
  { seed: 2, beam: 3, returned: 2, tokenizer: WORDS },
  { seed: 3, beam: 4, returned: 4, noRepeatNgram: 1 },
])('streaming gives what generate gives: %j', async (options) => {
  const streaming = await open(options);
  const whole = (await loadSource(SOURCE, options)).value!;
  for (const limits of [{ max: 11 }, { max: 11, min: 5, lengthPenalty: 0.5 }, { max: 0 }]) {
    for (const document of [DOCUMENT, '']) {
      const { value, diagnostics } = await whole.generate([document], limits);
      for (const chunk of [1, 3, 100]) {
        const pieces = await piecesOf(streaming, document, { ...limits, chunk });
        const { result } = pieces.at(-1)!;
        expect(result).toEqual({
          ...value![0]!,
          score: expect.closeTo(value![0]!.score, 5),
          alternatives: expect.anything(),
          diagnostics,
        });
        expect(result!.alternatives.map(({ ids }) => ids)).toEqual(
          value![0]!.alternatives.map(({ ids }) => ids),
        );
        expect(pieces.flatMap(({ ids }) => ids)).toEqual(value![0]!.ids);
        expect(pieces.map(({ text }) => text).join('')).toBe(value![0]!.text);
        expect(pieces.slice(0, -1).every((piece) => piece.ids.length > 0 && !piece.result)).toBe(true);
      }
    }
  }
  await whole.close();
});

test('with one beam, each iteration emits a piece', async () => {
  const pieces = await piecesOf(opened[0]!, DOCUMENT, { min: 9, max: 9, chunk: 2 });
  expect(pieces.map(({ ids }) => ids.length)).toEqual([1, 2, 2, 2, 2, 1]);
  expect(opened[0]!.info).toMatchObject({ entry: 'generate', model: 'Tiny' });
});

test('a search can be stopped and cancelled, and the model stays usable', async () => {
  const model = opened[0]!;
  const limits = { min: 11, max: 11, chunk: 1 };
  for await (const piece of model.stream(DOCUMENT, limits)) {
    expect(piece.ids).toHaveLength(1);
    break;
  }
  const controller = new AbortController();
  const reason = new Error('enough');
  const seen: Piece[] = [];
  const reading = async (): Promise<void> => {
    for await (const piece of model.stream(DOCUMENT, { ...limits, signal: controller.signal })) {
      seen.push(piece);
      if (seen.length === 2) controller.abort(reason);
    }
  };
  await expect(reading()).rejects.toBe(reason);
  expect(seen).toHaveLength(2);
  expect(await piecesOf(model, DOCUMENT, limits)).toHaveLength(12);
});

test('two streams of one model do not disturb each other', async () => {
  const model = opened[0]!;
  const alone = await Promise.all([piecesOf(model, DOCUMENT, { max: 9 }), piecesOf(model, 'b', { max: 9 })]);
  expect(alone[0]).toEqual(await piecesOf(model, DOCUMENT, { max: 9 }));
  expect(alone[1]).toEqual(await piecesOf(model, 'b', { max: 9 }));
});

test('errors are those of generate', async () => {
  const model = opened[0]!;
  const codes = async (document: string, options: StreamOptions): Promise<unknown> => {
    const error = await piecesOf(model, document, options).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DiagnosticError);
    return (error as DiagnosticError).diagnostics.map(({ code }) => code);
  };
  expect(await codes('x', { max: 99 })).toEqual(['D556']);
  expect(await codes('x', { chunk: 0 })).toEqual(['D556']);
  expect(await codes('x'.repeat(99), { long: 'refuse' })).toEqual(['D553']);
  const cut = await piecesOf(model, 'x'.repeat(99), { max: 2 });
  expect(cut.at(-1)!.result!.diagnostics).toMatchObject([{ code: 'D553', severity: 'warning' }]);
  // The warning comes once, before any text.
  const [first, ...rest] = cut;
  expect(first).toEqual({ ids: [], text: '', diagnostics: cut.at(-1)!.result!.diagnostics });
  expect(rest.every(({ diagnostics }) => diagnostics === undefined)).toBe(true);
});

test('if every continuation is forbidden, there is no text: D561', async () => {
  const narrow = { ...SOURCE, text: SOURCE.text.replace('vocabulary 300', 'vocabulary 260') };
  // There are 256 bytes and two more tokens, and none of them may occur twice.
  const long = { ...narrow, text: narrow.text.replace('target 12', 'target 400') };
  const { value: model } = await loadSource(long, { noRepeatNgram: 1 });
  const { value, diagnostics } = await model!.generate(['a'], { min: 300 });
  expect(value).toBeUndefined();
  expect(diagnostics).toMatchObject([{ code: 'D561', severity: 'error' }]);
  await model!.close();
});

test('artifacts that do not belong together are refused', async () => {
  const begin = await artifactIn(folder, 'begin.onnx', { entry: 'begin' });
  const advance = await artifactIn(folder, 'advance.onnx', { entry: 'advance' });
  const other = await artifactIn(folder, 'other.onnx', { entry: 'advance', beam: 2 });
  const pair = await openStreaming({ begin, advance });
  expect((await piecesOf(pair.value!, 'a', { max: 3 })).at(-1)!.result).toBeDefined();
  await pair.value!.close();
  const refused = async (paths: { begin: string; advance: string }, message: RegExp) => {
    const { value, diagnostics } = await openStreaming(paths);
    expect(value).toBeUndefined();
    expect(diagnostics).toMatchObject([{ code: 'D554', message: expect.stringMatching(message) }]);
  };
  await refused({ begin, advance: other }, /are not of the same model/);
  await refused({ begin: advance, advance }, /was compiled for entry 'advance', not 'begin'/);
  const model = await loadModel(begin);
  expect((await model.value!.generate(['a'])).diagnostics).toMatchObject([{ code: 'D554' }]);
  await model.value!.close();
});

test('impossible search settings are refused before anything is compiled', async () => {
  for (const search of [{ beam: 0 }, { beam: 2.5 }, { beam: 65 }, { returned: 2 }, { noRepeatNgram: -1 }]) {
    const { value, diagnostics } = await loadStreaming(SOURCE, search);
    expect(value).toBeUndefined();
    expect(diagnostics.map(({ code }) => code)).toEqual(['D556']);
  }
});

test('closing leaves nothing behind', async () => {
  const before = readdirSync(tmpdir()).length;
  const { value } = await loadStreaming(SOURCE);
  expect(readdirSync(tmpdir()).length).toBe(before + 1);
  await value!.close();
  expect(readdirSync(tmpdir()).length).toBe(before);
  expect(existsSync(tmpdir())).toBe(true);
});
