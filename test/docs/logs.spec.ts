import { afterAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { glob, readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { LogFact } from '../../libs/event-sourcing/src/logging/index.js';
import { startLogged } from './examples/logging.js';

const SOURCE = 'libs/event-sourcing/src';
const ROW = /^\| `([\w.-]+)` +\| (error|warn|info|debug) +\| .+? \| ([^|]+?) +\|$/gm;

type Told = Pick<LogFact, 'name' | 'level' | 'fields'>;

describe('docs/operations/logs.md', () => {
  let app: INestApplication | undefined;

  afterAll(() => app?.close());

  it('tells of every fact that the code writes, with its level and fields, and of no other', async () => {
    const page = await readFile('docs/operations/logs.md', 'utf8');
    const told = [...page.matchAll(ROW)].map(([, name = '', level = '', fields = '']) => ({
      name,
      level,
      fields: [...fields.matchAll(/`(\w+)`/g)].map(([, field = '']) => field),
    }));
    const facts = await factsOfTheCode();
    expect(facts.length).toBeGreaterThan(25);
    expect(told).toEqual(facts);
  });

  it('tells of all of them: none is declared or written elsewhere', async () => {
    for await (const file of glob(`${SOURCE}/**/*.ts`)) {
      const text = await readFile(file, 'utf8');
      const isDeclaring = /\bdefineFact\(/.test(text) && !/(\.facts|\.spec|log-fact)\.ts$/.test(file);
      const isWriting = /new Logger\(/.test(text) && !file.startsWith(`${SOURCE}/logging/`);
      expect([file, isDeclaring, isWriting && !file.endsWith('.spec.ts')]).toEqual([file, false, false]);
    }
  });

  it('starts an app that logs by pino', async () => {
    app = await startLogged();
    await app.init();
  });
});

async function factsOfTheCode(): Promise<Told[]> {
  const facts: Told[] = [];
  for await (const file of glob(`${SOURCE}/**/*.facts.ts`)) {
    const exports = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    // Some stand together, one for each value of a field.
    for (const value of Object.values(exports))
      facts.push(...(isFact(value) ? [value] : Object.values(value as object).filter(isFact)));
  }
  return facts
    .map(({ name, level, fields }) => ({ name, level: (level as string) === 'log' ? 'info' : level, fields }) as Told)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function isFact(value: unknown): value is Told {
  return typeof value === 'object' && value !== null && 'fields' in value && 'level' in value;
}
