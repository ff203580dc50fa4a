import { defineConfig } from 'vitest/config';

const slow = process.env.BENBEN_SLOW === '1';

export default defineConfig({
  test: {
    include: [slow ? 'test/**/*.slow.ts' : 'test/**/*.test.ts'],
    testTimeout: slow ? 600_000 : 60_000,
    hookTimeout: slow ? 600_000 : 60_000,
    maxWorkers: 2,
    pool: 'forks',
  },
});
