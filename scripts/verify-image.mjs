// Runs every step of docker/Dockerfile as it is, `npm ci` included, in folders of their own, and tests what comes of it. The
// test suite does the same with what is installed and built here in place of downloads and compiling.
import { spawnSync } from 'node:child_process';

const { status } = spawnSync('npm run --silent test:run -- test/deployment/image.spec.ts', {
  stdio: 'inherit',
  shell: true,
  env: { ...process.env, IMAGE_STEPS: 'all' },
});
process.exitCode = status ?? 1;
