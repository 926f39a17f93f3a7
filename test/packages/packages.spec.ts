import { afterAll, describe, expect, it } from '@jest/globals';
import { Installation } from './installation.js';

const installed = await Installation.make();
const APPS = ['esm-app', 'cjs-app'] as const;

if (installed instanceof Installation) {
  afterAll(() => installed.remove());

  describe.each(APPS)('the packed libraries in the %s', (app) => {
    it('have types that a strict compiler accepts', async () => {
      expect(await installed.compile(app)).toEqual({ code: 0, stdout: '', stderr: '' });
    }, 240_000);

    it('create an aggregate in memory and read its stream back', async () => {
      const { code, stdout, stderr } = await installed.start(app);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toEqual({
        events: [{ type: 'order.placed', version: 1, data: { customerId: 'ada' }, isOrderPlaced: true }],
        customer: 'ada',
        testing: true,
        embeddedPostgres: 'function',
      });
    });
  });

  describe('the packed command line', () => {
    it('runs as a bin, with all that it needs, and reaches for a database', async () => {
      const help = await installed.bin('tidemark', '--help');
      expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('dead-letters') });
      const url = 'postgres://app:hunter2@127.0.0.1:1/app';
      const { code, stdout, stderr } = await installed.bin('tidemark', 'status', '--database-url', url);
      expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
      expect(stderr).toMatch(/^tidemark: PostgreSQL at 127\.0\.0\.1:1 cannot be reached [^\n]*\n$/);
    });
  });
} else {
  if (process.env.CI === 'true') throw new Error(`CI leaves nothing out. ${installed.unreachable}`);
  console.warn(`The packed libraries were not tested: ${installed.unreachable}.`);
  // eslint-disable-next-line no-restricted-syntax -- the one thing that this suite needs is not there, and it says so
  describe.skip(`the packed libraries: left out, ${installed.unreachable}`, () => {
    it('are installed, compiled and run', () => expect(installed).toBeInstanceOf(Installation));
  });
}
