import { defineConfig } from 'vitest/config';

/** `--mode slow` runs the long suite (`*.slow.ts`) instead of the quick one (`*.test.ts`). */
export default defineConfig(({ mode }) => {
  const slow = mode === 'slow';
  const limit = slow ? 1_200_000 : 60_000;
  return {
    test: {
      include: [slow ? 'test/**/*.slow.ts' : 'test/**/*.test.ts'],
      testTimeout: limit,
      hookTimeout: limit,
      maxWorkers: 2,
      pool: 'forks',
      // Without isolation, a worker loads the compiler once, not once per test file. This saves a third of the time.
      isolate: false,
      unstubEnvs: true,
      // ONNX Runtime's telemetry is switched off for tests that open sessions without Benben's runtime.
      // test/effort.ts reads `EFFORT`.
      env: { ORT_DISABLE_TELEMETRY: '1', EFFORT: slow ? 'slow' : 'quick' },
      reporters: ['default', './test/summary.ts'],
    },
  };
});
