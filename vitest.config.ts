import { defineConfig } from 'vitest/config';

/** `--mode slow` runs the long suite (`*.slow.ts`) instead of the quick one (`*.test.ts`). */
export default defineConfig(({ mode }) => {
  const slow = mode === 'slow';
  const limit = slow ? 600_000 : 60_000;
  return {
    test: {
      include: [slow ? 'test/**/*.slow.ts' : 'test/**/*.test.ts'],
      testTimeout: limit,
      hookTimeout: limit,
      maxWorkers: 2,
      pool: 'forks',
      // A worker reads the compiler once, not once a file: a third of the time went there.
      isolate: false,
      unstubEnvs: true,
      // ONNX Runtime's reports of its use, in tests that open sessions without our runtime.
      // `EFFORT`: test/effort.ts.
      env: { ORT_DISABLE_TELEMETRY: '1', EFFORT: slow ? 'slow' : 'quick' },
      reporters: ['default', './test/summary.ts'],
    },
  };
});
