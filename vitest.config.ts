import { defineConfig } from 'vitest/config';

const PARTS = '{core,drivers,appliance,renderer,electron,build}';
const MINUTE_MS = 60_000;

/** One run, two projects: what stands beside its file is quick; what crosses folders may start real peers. */
export default defineConfig({
  test: {
    passWithNoTests: false,
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'beside',
          include: [`${PARTS}/**/*.test.{ts,tsx}`],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: MINUTE_MS / 2,
          hookTimeout: MINUTE_MS,
        },
      },
      {
        test: {
          name: 'across',
          include: ['tests/**/*.test.{ts,tsx}'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 3 * MINUTE_MS,
          hookTimeout: 3 * MINUTE_MS,
        },
      },
    ],
  },
});
