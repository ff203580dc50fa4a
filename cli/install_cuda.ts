/**
 * ONNX Runtime's CUDA libraries: from a folder of this machine, or by the one download outside the npm
 * registry, and only when asked for: onnxruntime-node's own script, which fetches them from NuGet.
 * Installing Benben never runs it (package.json `allowScripts`, .npmrc).
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { installedDevices, providersFolder } from '../runtime/device.ts';
import { ortPath, ortVersion } from '../runtime/ort_package.ts';
import { installFrom } from './install_cuda_from.ts';
import type { Output } from './output.ts';
import { createProgress } from './progress.ts';

const PLATFORM = 'linux/x64';

const refuse = (output: Output, message: string, help: string): never =>
  output.take<never>({ diagnostics: [runtimeDiagnostic('D540', message, help)] });

/** `from`: the folder that holds them; undefined: they are downloaded. */
export async function installCuda(output: Output, from?: string): Promise<void> {
  const here = `${process.platform}/${process.arch}`;
  if (here !== PLATFORM) {
    const help = 'use --device cpu, or webgpu where it is there';
    refuse(output, `ONNX Runtime has CUDA libraries for ${PLATFORM}, and this is ${here}`, help);
  }
  if (from !== undefined) {
    const folder = providersFolder();
    const { files } = output.take(await installFrom(from, folder, ortVersion()));
    output.note(`installed in ${folder}: ${files.join(', ')}`);
    return;
  }
  if ((await installedDevices()).includes('cuda')) {
    output.note('the CUDA libraries are there already');
    return;
  }
  const progress = createProgress(output);
  progress.stage('download CUDA libraries');
  const { code, said } = await runScript(join(dirname(ortPath()), '..', 'script', 'install.js'));
  progress.end();
  if (code === 0 && (await installedDevices()).includes('cuda')) {
    output.note('the CUDA libraries are installed');
    return;
  }
  const why = said.match(/^(?:\w*Error|Error): (.*)$/m)?.[1] ?? said.trim().split('\n').at(-1) ?? '';
  const help =
    'the script needs the NuGet feed that it names; behind a proxy set GLOBAL_AGENT_HTTPS_PROXY. Everything else works without';
  refuse(
    output,
    `the CUDA libraries could not be downloaded: ${why.slice(0, 300) || `exit code ${code}`}`,
    help,
  );
}

/** Its exit code and the last of what it said. */
function runScript(path: string): Promise<{ code: number; said: string }> {
  return new Promise((done) => {
    // `true` forces the download whatever npm's settings say.
    const env = {
      ...process.env,
      ONNXRUNTIME_NODE_INSTALL: 'true',
      npm_config_onnxruntime_node_install: 'true',
    };
    const child = spawn(process.execPath, [path], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const hear = (piece: unknown): void => {
      said = (said + String(piece)).slice(-20_000);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', (error) => done({ code: -1, said: error.message }));
    child.once('close', (code) => done({ code: code ?? -1, said }));
  });
}
