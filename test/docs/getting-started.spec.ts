import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { type RunningApp, startApp } from '../../apps/orders/src/bootstrap.js';

const UUID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;

/** What differs from run to run, made the same. */
function withoutChance(json: string): unknown {
  return JSON.parse(json.replaceAll(UUID, '<id>').replaceAll(TIME, '<time>'));
}

describe('getting started', () => {
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp({ port: 0, store: { kind: 'memory' }, readModelTimeoutMs: 15_000, logLevel: 'fatal' });
  });

  afterAll(() => running.close());

  it('shows what the app answers', async () => {
    const page = await readFile('docs/getting-started.md', 'utf8');
    const blocks = (language: string) =>
      [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text = '']) => text);
    const bodies = blocks('sh').map((command) => /-d '(.*)'/.exec(command)?.[1]);
    const [placing, shipping] = bodies.filter((body) => body !== undefined);
    const post = (path: string, body: string | undefined, headers: Record<string, string>) =>
      fetch(`${running.url}/orders${path}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      });

    const placed = await post('', placing, { 'x-correlation-id': 'first-steps' });
    const { id } = (await placed.clone().json()) as { id: string };
    const shipped = await post(`/${id}/ship`, shipping, { 'If-Match': '"1"' });
    const late = await post(`/${id}/ship`, shipping, { 'If-Match': '"1"' });
    const list = await fetch(`${running.url}/orders?status=shipped`, { headers: { 'x-tidemark-position': '2' } });
    const history = await fetch(`${running.url}/orders/${id}/history`);

    const answers = await Promise.all([late, list, history].map((response) => response.text()));
    expect(blocks('json').map(withoutChance)).toEqual(answers.map(withoutChance));
    const receipts = blocks('text').filter((text) => text.startsWith('HTTP/'));
    expect(receipts).toHaveLength(2);
    for (const [index, response] of [placed, shipped].entries()) {
      const [head = '', body = ''] = receipts[index]?.split('\n\n') ?? [];
      const [status, ...headers] = head.split('\n');
      expect(status).toBe(`HTTP/1.1 ${response.status} ${response.statusText}`);
      for (const [name = '', value = ''] of headers.map((line) => line.split(': '))) {
        expect([name, response.headers.get(name)?.replace(UUID, '<id>')]).toEqual([name, value.replace(UUID, '<id>')]);
      }
      expect(withoutChance(body)).toEqual(withoutChance(await response.text()));
    }
  });
});
