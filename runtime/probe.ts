/**
 * Tests whether an execution provider really works: a separate process uses the provider to run a model of one addition,
 * and checks the sum. The process is separate because drivers print to stderr and some drivers crash. The result is
 * cached as long as this process runs.
 */
import { spawn } from 'node:child_process';

export interface ProbeResult {
  readonly works: boolean;
  /** The messages of ONNX Runtime and the driver; '' if the provider works. */
  readonly said: string;
}

/** The time limit of the process. A driver may compile shaders for a while, but not forever. */
const PATIENCE_MS = 60_000;
/** The maximum number of characters of messages that are kept. */
const LONGEST = 20_000;

/** An ONNX file in base64: y = x + x, float32 [4]. */
export const ADDITION =
  'CAg6OQoOCgF4CgF4EgF5IgNBZGQSBXByb2JlWg8KAXgSCgoICAESBAoCCARiDwoBeRIKCggIARIECgIIBEIECgAQEQ==';

/** The program of the process. Its arguments are the path of ONNX Runtime, the provider and the model. */
const PROGRAM = `
const [ortPath, provider, model] = process.argv.slice(1);
const ort = require(ortPath);
ort.env.logLevel = 'error';
ort.InferenceSession.create(Buffer.from(model, 'base64'), { executionProviders: [provider], logSeverityLevel: 3 })
  .then((session) => session.run({ x: new ort.Tensor('float32', [1, 2, 3, 4], [4]) }))
  .then(({ y }) => {
    const right = [...y.data].join() === '2,4,6,8';
    console.log(right ? 'works' : 'the sum was ' + y.data);
    process.exit(right ? 0 : 1);
  })
  .catch((error) => {
    console.log(error.message);
    process.exit(1);
  });
`;

const results = new Map<string, Promise<ProbeResult>>();

export function probe(ortPath: string, provider: string): Promise<ProbeResult> {
  const key = `${provider} ${ortPath}`;
  const result = results.get(key) ?? start(ortPath, provider);
  results.set(key, result);
  return result;
}

function start(ortPath: string, provider: string): Promise<ProbeResult> {
  return new Promise((done) => {
    // The new process must not inherit options of this one, such as a debugger's port or a test runner's loader.
    // In Electron, `process.execPath` is the application: without this variable, its window would open once more.
    const env = { ...process.env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' };
    const child = spawn(process.execPath, ['-e', PROGRAM, ortPath, provider, ADDITION], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PATIENCE_MS,
    });
    let said = '';
    const append = (piece: unknown): void => {
      said = (said + String(piece)).slice(-LONGEST);
    };
    child.stdout.on('data', append);
    child.stderr.on('data', append);
    child.once('error', (error) => done({ works: false, said: error.message }));
    child.once('close', (code, signal) => {
      if (code === 0) return done({ works: true, said: '' });
      done({ works: false, said: signal ? `${said}\nthe driver ended the process with ${signal}` : said });
    });
  });
}
