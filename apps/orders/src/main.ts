import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { announce } from './banner.js';
import { startApp } from './bootstrap.js';
import { readConfig } from './config/app.config.js';

/** Adds what a file `.env` in the current folder says, where there is one; the environment itself comes first. */
function readEnvFile(): void {
  if (existsSync('.env')) process.loadEnvFile('.env');
}

/** Resolves with the first signal to stop; a second one ends the process at once. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}

try {
  const stopped = stopSignal();
  readEnvFile();
  const app = await startApp(readConfig(process.env, hostname()));
  announce(app);
  await app.close(await stopped);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
