/**
 * Installs ONNX Runtime's CUDA libraries, from a folder on this machine or by onnxruntime-node's own script, which
 * downloads them from NuGet. The script runs only on request, never when Benben is installed
 * (docs/decisions/0029-no-install-scripts.md).
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

/** Copies the libraries from the folder `from`, or downloads them if `from` is absent. */
export async function installCuda(output: Output, from?: string): Promise<void> {
  const here = `${process.platform}/${process.arch}`;
  if (here !== PLATFORM) {
    const help = 'use --device cpu, or --device webgpu if this machine has it';
    refuse(output, `ONNX Runtime has CUDA libraries only for ${PLATFORM}, but this machine is ${here}`, help);
  }
  if (from !== undefined) {
    const folder = providersFolder();
    const { files } = output.take(await installFrom(from, folder, ortVersion()));
    output.note(`installed in ${folder}: ${files.join(', ')}`);
    return;
  }
  if ((await installedDevices()).includes('cuda')) {
    output.note('the CUDA libraries are already installed');
    return;
  }
  const progress = createProgress(output);
  progress.stage('download CUDA libraries');
  const { code, printed } = await runScript(join(dirname(ortPath()), '..', 'script', 'install.js'));
  progress.end();
  if (code === 0 && (await installedDevices()).includes('cuda')) {
    output.note('the CUDA libraries are installed');
    return;
  }
  const why = printed.match(/^(?:\w*Error|Error): (.*)$/m)?.[1] ?? printed.trim().split('\n').at(-1) ?? '';
  const help =
    'the download comes from NuGet; behind a proxy, set GLOBAL_AGENT_HTTPS_PROXY. Without these libraries, everything except --device cuda works';
  refuse(
    output,
    `the CUDA libraries could not be downloaded: ${why.slice(0, 300) || `exit code ${code}`}`,
    help,
  );
}

/** Runs a script, and returns its exit code and the last 20,000 characters of its output. */
function runScript(path: string): Promise<{ code: number; printed: string }> {
  return new Promise((done) => {
    // `true` forces the download, whatever npm's settings are.
    const env = {
      ...process.env,
      ELECTRON_RUN_AS_NODE: '1',
      ONNXRUNTIME_NODE_INSTALL: 'true',
      npm_config_onnxruntime_node_install: 'true',
    };
    const child = spawn(process.execPath, [path], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    const collect = (piece: unknown): void => {
      printed = (printed + String(piece)).slice(-20_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => done({ code: -1, printed: error.message }));
    child.once('close', (code) => done({ code: code ?? -1, printed }));
  });
}
