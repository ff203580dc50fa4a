/**
 * Devices: a row says which of ONNX Runtime's execution providers computes, what models are compiled
 * for to run there, and how a person gets it. A table alone: help texts read it, and load nothing.
 */
import type { Target } from '../passes/pass.ts';

/** Why a device does not start, from what ONNX Runtime says when it tries. */
export interface Ailment {
  /** Of what it says, or of the machine (`runtime/machine.ts`). */
  readonly when: RegExp;
  readonly what: string;
  readonly get: string;
}

export interface Device {
  readonly name: string;
  /** ONNX Runtime's name for what computes there. */
  readonly provider: string;
  /** What a model is compiled for when it is to run there. */
  readonly target: Target;
  readonly about: string;
  /** What to do when it is not there. */
  readonly get: string;
  /** What may be missing, the more particular first. `$1` is what the expression found. */
  readonly ailments: readonly Ailment[];
}

const INSTALL_CUDA =
  'run `benben doctor --install-cuda`, with `--from FOLDER` where the libraries lie on this machine';

export const DEVICES: readonly Device[] = [
  {
    name: 'cpu',
    provider: 'cpu',
    target: 'cpu',
    about: 'this machine’s processor',
    get: 'it is always there',
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
        get: 'look at nvidia-smi; in a container, pass the GPU in (docker run --gpus all)',
      },
      {
        when: /libonnxruntime_providers_\w+\.so: cannot open|providers_cuda is not there/,
        what: 'ONNX Runtime’s CUDA libraries are not installed',
        get: INSTALL_CUDA,
      },
      {
        when: /(lib(?:cu|nv)[\w.-]*\.so[\w.]*): cannot open shared object/,
        what: '$1 is missing, of CUDA 12 or cuDNN 9',
        get: `install it where the system finds libraries, or ${INSTALL_CUDA}`,
      },
    ],
  },
  {
    name: 'webgpu',
    provider: 'webgpu',
    target: 'webgpu',
    about: 'any GPU, by Vulkan, Metal or Direct3D 12',
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
        get: 'install the GPU’s (Debian and Ubuntu: mesa-vulkan-drivers; NVIDIA: its own driver)',
      },
      {
        when: /adapter/i,
        what: 'no adapter is there that WebGPU can use',
        get: 'it needs a GPU that this process may open (/dev/dri, /dev/nvidia*), or a software one such as SwiftShader',
      },
    ],
  },
];

/** What `auto` tries, in order. */
export const BEST_FIRST: readonly string[] = ['cuda', 'webgpu', 'cpu'];

/** What a person may ask for. */
export const DEVICE_NAMES: readonly string[] = ['auto', ...DEVICES.map(({ name }) => name)];

export const deviceNamed = (name: string): Device | undefined => DEVICES.find((row) => row.name === name);
