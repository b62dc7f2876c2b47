import {defineConfig} from '@playwright/test';

// DashboardTest starts a node and this; by hand: CALLCAST_URL=http://127.0.0.1:7880 npm test
export default defineConfig({
  testDir: 'tests',
  testMatch: process.env['CALLCAST_IMAGES'] ? 'screenshots.ts' : '*.spec.ts',
  outputDir: process.env['CALLCAST_OUTPUT'] ?? 'target/results',
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 60_000,
  expect: {timeout: 15_000},
  reporter: process.env['PLAYWRIGHT_JSON_OUTPUT_NAME'] ? [['json']] : [['list']],
  use: {
    baseURL: process.env['CALLCAST_URL'],
    viewport: {width: 1440, height: 900},
    launchOptions: {
      executablePath: process.env['CALLCAST_CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'],
    },
    trace: 'off',
    screenshot: 'only-on-failure',
  },
});
