/** The arguments, options and help of `benben doctor`. The command's code is imported when it runs. */
import type { CommandRow } from '../command.ts';

export const DOCTOR: CommandRow = {
  name: 'doctor',
  summary: 'check whether this machine can compile and run models',
  about: 'Compiles a tiny model, runs it on every device that is installed, and checks the numbers.',
  args: [],
  options: [
    {
      flags: '--install-cuda',
      about: 'first download ONNX Runtime’s CUDA libraries (about 300 MB, from NuGet)',
    },
    {
      flags: '--from <folder>',
      about: 'with --install-cuda: copy the libraries from this folder instead of downloading them',
    },
  ],
  examples: [
    ['benben doctor', 'check without changing anything'],
    ['benben doctor --install-cuda --from onnxruntime-linux-x64-gpu/lib', 'install without the network'],
  ],
  load: () => import('../doctor.ts'),
};
