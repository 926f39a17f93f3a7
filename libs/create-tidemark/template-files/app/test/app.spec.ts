import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApp, startApp } from '../src/bootstrap.js';

/** The whole app over HTTP, with everything in memory. */
describe('the app', () => {
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp({ port: 0, store: { kind: 'memory' }, readModelTimeoutMs: 15_000, logLevel: 'fatal' });
  });

  afterAll(async () => {
    await running.close();
  });

  it.each(['/health/live', '/health/ready', '/metrics', '/docs-json'])('answers on %s', async (path) => {
    expect((await fetch(`${running.url}${path}`)).status).toBe(200);
  });

  it('says what is not there', async () => {
    const response = await fetch(`${running.url}/nowhere`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ statusCode: 404, error: 'Not Found' });
  });
});
