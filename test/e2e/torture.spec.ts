import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What the torture prints with `--json`. */
type Figures = Record<string, number>;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Types `npm run torture -- <options>`, as in a fresh terminal: what npm tells the scripts of this run is not for that. */
async function npmRunTorture(...options: string[]): Promise<Ended> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$)/i.test(name)));
  const cli = process.env.npm_execpath;
  const [program, ...before] = cli === undefined ? ['npm'] : [process.execPath, cli];
  const args = [...before, 'run', 'torture', '--', ...options];
  const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...output };
}

/** The one JSON document that standard output is, and nothing else. */
function figuresOf({ stdout, stderr }: Ended): Figures {
  try {
    return JSON.parse(stdout) as Figures;
  } catch (cause) {
    throw new Error(`standard output is not one JSON document: ${stdout}\n${stderr}`, { cause });
  }
}

describe('npm run torture', () => {
  it('loses, repeats and disorders nothing in 20 seconds of kills, freezes, rebalancing, restarts and poison', async () => {
    const ended = await npmRunTorture('--seconds', '20', '--seed', '7', '--json');
    const { stored, delivered, ...figures } = figuresOf(ended);
    // With the progress, so that a failure tells what was going on.
    const { code, stderr } = ended;
    expect({ code, ...figures, stderr }).toMatchObject({ code: 0, lost: 0, repeated: 0, outOfOrder: 0 });
    expect(delivered).toBe(stored);
    for (const done of ['kills', 'freezes', 'rebalances', 'databaseRestarts', 'parked', 'redriven']) {
      expect([done, figures[done]]).toEqual([done, expect.any(Number)]);
      expect(figures[done]).toBeGreaterThan(0);
    }
  }, 240_000);

  it('leaves the fold of the events, each once, where workers and connections are killed at random moments', async () => {
    const ended = await npmRunTorture('--kills', '30', '--backend-kills', '200', '--seed', '7', '--json');
    const { stored, delivered, ...figures } = figuresOf(ended);
    const { code, stderr } = ended;
    const none = { lost: 0, repeated: 0, outOfOrder: 0, parked: 0 };
    expect({ code, ...figures, stderr }).toMatchObject({ code: 0, kills: 30, ...none });
    expect(figures.backendKills).toBeGreaterThanOrEqual(200);
    expect(delivered).toBe(stored);
    // Moments that matter: in the middle of something.
    expect(figures.killsOfOwners).toBeGreaterThan(0);
    expect(figures.backendKillsInTransaction).toBeGreaterThan(0);
  }, 300_000);

  it('refuses options that it does not know, with code 1, and says on standard error how to call it', async () => {
    const { code, stderr } = await npmRunTorture('--seconds', 'soon', '--json');
    expect(code).toBe(1);
    expect(stderr).toContain("--seconds is 'soon'; give a whole number from 5.");
    expect(stderr).toContain('usage: npm run torture');
  }, 240_000);
});
