import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const KIT = 'libs/event-sourcing/src/testing';
const FRAMEWORKS = /from '(jest|@jest\/[^']+|vitest|node:test|mocha|chai|@nestjs\/testing)'/;

interface Ended {
  readonly code: number;
  readonly stdout: string;
}

/** Runs a file by the test runner of Node, which knows nothing of Jest. */
async function runByNode(file: URL): Promise<Ended> {
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const args = ['--test', '--test-reporter=spec', fileURLToPath(file)];
  return promisify(execFile)(process.execPath, args, { env }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: Ended) => error,
  );
}

describe('the testing kit', () => {
  it('works as it is built, under another framework than Jest', async () => {
    const { code, stdout } = await runByNode(new URL('../support/testing-kit/passing.test.mjs', import.meta.url));
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/pass 3\n.*\n?.*fail 0/) });
  });

  it('fails there with what was given, expected and seen', async () => {
    const { code, stdout } = await runByNode(new URL('../support/testing-kit/failing.test.mjs', import.meta.url));
    expect(code).toBe(1);
    const lines = ["Given Lamp '1' with", 'expected', 'LampLit { watts: 75 }', 'but saw', 'LampLit { watts: 60 }'];
    expect(lines.filter((line) => !stdout.includes(line))).toEqual([]);
    expect(stdout).toContain('kit-scenarios.mjs');
  });

  it('imports no test framework', async () => {
    const files = (await readdir(KIT, { recursive: true })).filter((name) => /(?<!\.spec|\.fixture)\.ts$/.test(name));
    expect(files.length).toBeGreaterThan(30);
    for (const file of files) {
      const [found] = FRAMEWORKS.exec(await readFile(`${KIT}/${file}`, 'utf8')) ?? [];
      expect({ file, found }).toEqual({ file, found: undefined });
    }
  });
});
