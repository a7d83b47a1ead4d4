import { defineConfig } from 'vitest/config';

const PARTS = '{core,drivers,appliance,renderer,electron,build}';
const MINUTE_MS = 60_000;
/** Limits are there to end what hangs. A computer that is ten times as busy as usual stays within them. */
const SLACK = {
  testTimeout: 10 * MINUTE_MS,
  hookTimeout: 10 * MINUTE_MS,
  expect: { poll: { timeout: MINUTE_MS } },
};

/** One run, two projects: what stands beside its file is quick; what crosses folders may start real peers. */
export default defineConfig({
  test: {
    passWithNoTests: false,
    pool: 'forks',
    // One more than the cores of a small computer: some tests wait for minutes to pass and leave theirs to others.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'beside',
          include: [`${PARTS}/**/*.test.{ts,tsx}`],
          exclude: ['**/node_modules/**', '**/dist/**'],
          ...SLACK,
        },
      },
      {
        test: {
          name: 'across',
          include: ['tests/**/*.test.{ts,tsx}'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          ...SLACK,
        },
      },
    ],
  },
});
