import { spawn } from 'node:child_process';

/** How a program ended. */
export interface Ended {
  /** `undefined` where it could not be started. */
  readonly code: number | undefined;
  /** What it said, on both of its outputs. */
  readonly output: string;
}

/** Runs a program of the machine by the name that people type; never throws. */
export function runProgram(command: string, cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    // A shell finds npm on every system. The command is one of this package's own, never text of the user.
    const child = spawn(command, { cwd, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', ({ message }) => resolve({ code: undefined, output: message }));
    child.on('close', (code) => resolve({ code: code ?? undefined, output }));
  });
}

/** The last lines of what a program said. */
export function lastLines(output: string, count: number): string {
  return output.trimEnd().split('\n').slice(-count).join('\n');
}

/** Makes a repository of the folder, unless it is in one already; tells whether there is a new one. */
export async function initGit(folder: string): Promise<boolean> {
  const inside = await runProgram('git rev-parse --is-inside-work-tree', folder);
  if (inside.code === 0) return false;
  const made = await runProgram('git init --quiet --initial-branch=main', folder);
  return made.code === 0;
}
