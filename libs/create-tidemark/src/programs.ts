import { spawn } from 'node:child_process';

/** Whether a program of the machine, called as people type it, did what it was called for; its output goes nowhere. */
function succeeds(command: string, cwd: string): Promise<boolean> {
  return run(command, cwd, 'ignore');
}

/** The same where everybody may see what it does; an interrupt ends the program, and not the one that called it. */
export async function succeedsVisibly(command: string, cwd: string): Promise<boolean> {
  const survive = (): void => undefined;
  process.on('SIGINT', survive);
  try {
    return await run(command, cwd, 'inherit');
  } finally {
    process.off('SIGINT', survive);
  }
}

/** Makes a repository of the folder, unless it is in one already; tells whether there is a new one. */
export async function initGit(folder: string): Promise<boolean> {
  if (await succeeds('git rev-parse --is-inside-work-tree', folder)) return false;
  return succeeds('git init --quiet --initial-branch=main', folder);
}

function run(command: string, cwd: string, output: 'ignore' | 'inherit'): Promise<boolean> {
  return new Promise((resolve) => {
    // A shell finds npm on every system. The command is one of this package's own, never text of the user.
    const child = spawn(command, { cwd, shell: true, stdio: ['ignore', output, output] });
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}
