import { describe, expect, it } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { runReadmeExample } from './readme-example.js';

const BLOCK = /<!-- from ([\w./-]+) -->\n+```(\w+)\n([\s\S]*?)```/g;

async function markdownFiles(): Promise<string[]> {
  const docs = await readdir('docs', { recursive: true });
  return [
    'README.md',
    'libs/event-sourcing/README.md',
    ...docs.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  ];
}

describe('the documentation', () => {
  it('shows an example in the README that does what it says', async () => {
    expect(await runReadmeExample()).toBe(15);
  });

  it('keeps the example of the README within 25 lines', async () => {
    const readme = await readFile('README.md', 'utf8');
    const [, , , code = ''] = [...readme.matchAll(BLOCK)][0] ?? [];
    expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(25);
    expect(code).not.toBe('');
  });

  it('holds only TypeScript that stands in a file that the tests run', async () => {
    for (const file of await markdownFiles()) {
      const text = await readFile(file, 'utf8');
      const blocks = [...text.matchAll(BLOCK)].filter(([, , language]) => language === 'ts');
      const all = [...text.matchAll(/^```ts$/gm)];
      expect({ file, fromFiles: blocks.length }).toEqual({ file, fromFiles: all.length });
      for (const [, source = '', , code = ''] of blocks) {
        const lines = flattened(await readFile(source, 'utf8'));
        expect({ file, source, found: lines.includes(flattened(code)) }).toEqual({ file, source, found: true });
      }
    }
  });
});

// Indentation differs where the code stands within something else.
function flattened(code: string): string {
  return code
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}
