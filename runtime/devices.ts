/**
 * Devices: a row says which of ONNX Runtime's execution providers computes, what models are compiled
 * for to run there, and how a person gets it. A table alone: help texts read it, and load nothing.
 */
import type { Target } from '../passes/pass.ts';

export interface Device {
  readonly name: string;
  /** ONNX Runtime's name for what computes there. */
  readonly provider: string;
  /** What a model is compiled for when it is to run there. */
  readonly target: Target;
  readonly about: string;
  /** What to do when it is not there. */
  readonly get: string;
}

export const DEVICES: readonly Device[] = [
  {
    name: 'cpu',
    provider: 'cpu',
    target: 'cpu',
    about: 'this machine’s processor',
    get: 'it is always there',
  },
  {
    name: 'cuda',
    provider: 'cuda',
    target: 'cuda',
    about: 'an NVIDIA GPU (Linux x64)',
    get: 'run `npx benben doctor --install-cuda` on a machine with an NVIDIA driver',
  },
  {
    name: 'webgpu',
    provider: 'webgpu',
    target: 'webgpu',
    about: 'any GPU, by Vulkan, Metal or Direct3D 12',
    get: 'it needs an onnxruntime-node build for this platform that includes WebGPU',
  },
];

/** What a person may ask for. `auto` is the CPU until the issue on devices measures others. */
export const DEVICE_NAMES: readonly string[] = ['auto', ...DEVICES.map(({ name }) => name)];

export const deviceNamed = (name: string): Device | undefined =>
  DEVICES.find((row) => row.name === (name === 'auto' ? 'cpu' : name));
