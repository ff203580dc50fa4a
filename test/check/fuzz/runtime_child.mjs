/**
 * Loads and runs models with ONNX Runtime, in a process of its own, because a model may end the process. Reads models
 * as lines of JSON from the file in its first argument, from the line in its second argument on, as many as its third argument says. Writes one line for
 * each, after the line `ready`: `ok`, or what the runtime says.
 */
import { readFileSync, writeSync } from 'node:fs';
import * as ort from 'onnxruntime-node';

const ARRAYS = {
  1: ['float32', Float32Array],
  2: ['uint8', Uint8Array],
  3: ['int8', Int8Array],
  6: ['int32', Int32Array],
  7: ['int64', BigInt64Array],
  9: ['bool', Uint8Array],
  10: ['float16', Uint16Array],
  11: ['float64', Float64Array],
};

const OPTIONS = { logSeverityLevel: 4, intraOpNumThreads: 1, interOpNumThreads: 1 };

function tensorOf({ dtype, dims, fill }) {
  const [type, Numbers] = ARRAYS[dtype];
  const data = new Numbers(dims.reduce((a, b) => a * b, 1));
  data.fill(Numbers === BigInt64Array ? BigInt(fill) : fill);
  return new ort.Tensor(type, data, dims);
}

async function verdictOf({ bytes, feeds }) {
  let session;
  try {
    session = await ort.InferenceSession.create(Buffer.from(bytes, 'base64'), OPTIONS);
  } catch (error) {
    return `load: ${error.message}`;
  }
  try {
    await session.run(Object.fromEntries(feeds.map((feed) => [feed.name, tensorOf(feed)])), { logSeverityLevel: 4 });
    return 'ok';
  } catch (error) {
    return `run: ${error.message}`;
  } finally {
    await session.release();
  }
}

const [path, from, most] = process.argv.slice(2);
writeSync(1, 'ready\n');
const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean).slice(Number(from), Number(from) + Number(most));
for (const line of lines) writeSync(1, `${(await verdictOf(JSON.parse(line))).replaceAll('\n', ' ').slice(0, 400)}\n`);
