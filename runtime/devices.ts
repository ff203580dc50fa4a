/**
 * The table of devices. A row contains the execution provider of ONNX Runtime, the target that models are compiled for,
 * and advice on missing software. This file imports only types, so that help texts can load it quickly.
 */
import type { Target } from '../passes/pass.ts';

/** A reason why a device does not start. */
export interface Ailment {
  /** Matches ONNX Runtime's message, or the result of `lackingFor` (`runtime/machine.ts`). */
  readonly when: RegExp;
  /** A sentence that describes what is missing. */
  readonly what: string;
  /** The advice on how to get it. */
  readonly get: string;
}

export interface Device {
  readonly name: string;
  /** ONNX Runtime's name of the execution provider. */
  readonly provider: string;
  /** The target that models are compiled for to run on this device. */
  readonly target: Target;
  readonly about: string;
  /** The advice if the device is not available for a reason that is not one of `ailments`. */
  readonly get: string;
  /** Known reasons for a failure, specific reasons first. `$1` in `what` is replaced by the first group of the match. */
  readonly ailments: readonly Ailment[];
}

const INSTALL_CUDA =
  'run `benben doctor --install-cuda`, with `--from FOLDER` if the libraries are on this machine already';

export const DEVICES: readonly Device[] = [
  {
    name: 'cpu',
    provider: 'cpu',
    target: 'cpu',
    about: 'this machine’s processor',
    get: 'it is always available',
    ailments: [],
  },
  {
    name: 'cuda',
    provider: 'cuda',
    target: 'cuda',
    about: 'an NVIDIA GPU (Linux x64)',
    get: `${INSTALL_CUDA}; it needs an NVIDIA driver, CUDA 12 and cuDNN 9`,
    ailments: [
      {
        when: /libcuda\.so|no NVIDIA driver/,
        what: 'there is no NVIDIA driver',
        get: 'install the driver of the GPU (nvidia-smi then shows it)',
      },
      {
        when: /driver version is insufficient|CUDA (?:failure|error) 35\b/i,
        what: 'the NVIDIA driver is too old for CUDA 12',
        get: 'install a newer driver',
      },
      {
        when: /no CUDA-capable device|CUDA (?:failure|error) 100\b/i,
        what: 'the NVIDIA driver finds no GPU',
        get: 'check that nvidia-smi shows the GPU; a container needs access to it (docker run --gpus all)',
      },
      {
        when: /libonnxruntime_providers_\w+\.so: cannot open|providers_cuda is not there/,
        what: 'ONNX Runtime’s CUDA libraries are not installed',
        get: INSTALL_CUDA,
      },
      {
        when: /(lib(?:cu|nv)[\w.-]*\.so[\w.]*): cannot open shared object/,
        what: '$1, a library of CUDA 12 or cuDNN 9, is missing',
        get: `install it in a folder where the system looks for libraries, or ${INSTALL_CUDA}`,
      },
    ],
  },
  {
    name: 'webgpu',
    provider: 'webgpu',
    target: 'webgpu',
    about: 'any GPU, through Vulkan, Metal or Direct3D 12',
    get: 'it needs an onnxruntime-node build for this platform that includes WebGPU',
    ailments: [
      {
        when: /no Vulkan loader/,
        what: 'libvulkan.so.1, the Vulkan loader, is missing',
        get: 'install it (Debian and Ubuntu: libvulkan1; Fedora: vulkan-loader)',
      },
      {
        when: /no Vulkan driver/,
        what: 'no Vulkan driver is installed',
        get: 'install the driver of the GPU (Debian and Ubuntu: mesa-vulkan-drivers; NVIDIA: its own driver)',
      },
      {
        when: /adapter/i,
        what: 'there is no adapter that WebGPU can use',
        get: 'it needs a GPU that this process may open (/dev/dri, /dev/nvidia*), or a software adapter such as SwiftShader',
      },
    ],
  },
];

/** The devices that `auto` tries, in order. */
export const BEST_FIRST: readonly string[] = ['cuda', 'webgpu', 'cpu'];

/** The values of `--device`. */
export const DEVICE_NAMES: readonly string[] = ['auto', ...DEVICES.map(({ name }) => name)];

export const deviceNamed = (name: string): Device | undefined => DEVICES.find((row) => row.name === name);
