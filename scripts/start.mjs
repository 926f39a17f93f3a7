// `npm start`: builds everything, then runs the sample app in this very process. `npm run serve` leaves the building out.
import { spawnSync } from 'node:child_process';
import { setInterval } from 'node:timers';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { build: { type: 'boolean', default: false } } });

// npm runs scripts in a shell that keeps signals to itself. When npm or that shell has been ended, end as if told to.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && process.kill(process.pid, 'SIGTERM'), 250).unref();

if (values.build) {
  const { status } = spawnSync('npm run --silent build', { stdio: 'inherit', shell: true });
  if (status !== 0) process.exit(status ?? 1);
}
await import('../apps/orders/dist/main.js');
