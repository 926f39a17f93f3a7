import { spawn, type SpawnOptions } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { type BuiltImage } from './image-build.js';
import { environmentOf } from './dockerfile.js';

/** A command of the image that runs. */
export interface ImageProcess {
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  output(): string;
  signal(name: NodeJS.Signals): void;
}

/** Not root, and owner of nothing in the image: what the image's user is. */
const STRANGER = 65_534;

/** Starts a command as a container of the image would: its folder, its environment and nothing else, and a user who can write nothing. */
export function runInImage(
  image: BuiltImage,
  command: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): ImageProcess {
  chmodSync(dirname(image.root), 0o755);
  const [program = '', ...args] = command;
  if (program !== 'node') throw new Error(`the image has no ${program}`);
  const isRoot = process.getuid?.() === 0;
  const options: SpawnOptions = {
    cwd: image.workdir,
    env: { ...environmentOf(image.stage), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(isRoot && { uid: STRANGER, gid: STRANGER }),
  };
  const child = spawn(process.execPath, args, options);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text));
  const exited = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? -1));
  });
  return { exited, output: () => output, signal: (name) => void child.kill(name) };
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
