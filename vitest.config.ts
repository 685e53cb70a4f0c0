import { defineConfig } from 'vitest/config'

/** Two projects: everything that needs a database at most, and what needs a browser. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit+database',
          include: ['src/**/*.test.ts'],
          globalSetup: ['src/apps/test-setup.ts'],
          // On two cores the default is one at a time; much of the work is the database's.
          maxWorkers: 2,
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['src/**/*.e2e.ts'],
          globalSetup: ['src/apps/test-setup.ts'],
          maxWorkers: 2,
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
