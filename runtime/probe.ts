/**
 * Whether a device really works: a process of its own starts a session of one addition there, runs it
 * and looks at the sum. Apart, because drivers print to stderr what nobody can use, and some crash.
 * Told once for each device in the life of this process.
 */
import { spawn } from 'node:child_process';

export interface Probe {
  readonly works: boolean;
  /** What ONNX Runtime and the driver said; '' where it works. */
  readonly said: string;
}

/** A driver may compile shaders for a while, not for ever. */
const PATIENCE_MS = 60_000;
const LONGEST = 20_000;

/** y = x + x of four floats, as an ONNX file. */
export const ADDITION =
  'CAg6OQoOCgF4CgF4EgF5IgNBZGQSBXByb2JlWg8KAXgSCgoICAESBAoCCARiDwoBeRIKCggIARIECgIIBEIECgAQEQ==';

/** The text of the process: arguments are ONNX Runtime's path, the provider and the model. */
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

const told = new Map<string, Promise<Probe>>();

export function probe(ortPath: string, provider: string): Promise<Probe> {
  const key = `${provider} ${ortPath}`;
  const known = told.get(key) ?? start(ortPath, provider);
  told.set(key, known);
  return known;
}

function start(ortPath: string, provider: string): Promise<Probe> {
  return new Promise((done) => {
    // Options of this process (a debugger's port, a test runner's loader) are not for that one.
    const env = { ...process.env, NODE_OPTIONS: '' };
    const child = spawn(process.execPath, ['-e', PROGRAM, ortPath, provider, ADDITION], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PATIENCE_MS,
    });
    let said = '';
    const hear = (piece: unknown): void => {
      said = (said + String(piece)).slice(-LONGEST);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', (error) => done({ works: false, said: error.message }));
    child.once('close', (code, signal) => {
      if (code === 0) return done({ works: true, said: '' });
      done({ works: false, said: signal ? `${said}\nthe driver ended the process with ${signal}` : said });
    });
  });
}
