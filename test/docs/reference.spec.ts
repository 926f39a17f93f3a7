import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { AGGREGATES_DEFAULTS } from '../../libs/event-sourcing/src/aggregates/index.js';
import { DATABASE_DEFAULTS } from '../../libs/event-sourcing/src/database/index.js';
import { EVENT_STORE_DEFAULTS, GROUP_COMMIT_DEFAULTS } from '../../libs/event-sourcing/src/event-store/index.js';
import { HEALTH_DEFAULTS } from '../../libs/event-sourcing/src/health/index.js';
import { SHUTDOWN_DEFAULTS } from '../../libs/event-sourcing/src/lifecycle/index.js';
import { resolveSubscriptionsOptions } from '../../libs/event-sourcing/src/subscriptions/index.js';

const LIBRARY = 'libs/event-sourcing';
const ERROR_CLASS =
  /^export class (\w+) extends (?:TidemarkError|InvalidArgumentError) \{\n.*readonly code.* = '(\w+)'/gm;

describe('the reference', () => {
  it('lists the options as the types have them', async () => {
    const checked = promisify(execFile)(process.execPath, ['scripts/options-reference.mjs', '--check']);
    await expect(checked).resolves.toMatchObject({ stderr: '' });
  });

  it('lists the variables of the environment as the tables have them, the template too', async () => {
    const checked = promisify(execFile)(process.execPath, ['scripts/environment-reference.mjs', '--check']);
    await expect(checked).resolves.toMatchObject({ stderr: '' });
  });

  it('gives the defaults that hold', async () => {
    const page = await readFile('docs/reference/options.md', 'utf8');
    const told = [...page.matchAll(/^\| `(\w+)` +\| .*? \| `(\d+|'\w+'|true|false)` +\|/gm)].map(
      ([, option, value]) => [option, JSON.parse((value ?? '').replaceAll("'", '"'))] as const,
    );
    const { circuitBreaker, ...subscriptions } = resolveSubscriptionsOptions({});
    const { groupCommit, ...eventStore } = EVENT_STORE_DEFAULTS;
    expect([circuitBreaker, groupCommit]).not.toContain(false);
    const defaults = {
      ...DATABASE_DEFAULTS,
      ...eventStore,
      ...GROUP_COMMIT_DEFAULTS,
      ...AGGREGATES_DEFAULTS,
      ...SHUTDOWN_DEFAULTS,
      ...HEALTH_DEFAULTS,
      ...subscriptions,
      ...circuitBreaker,
    };
    expect(Object.fromEntries(told)).toMatchObject(defaults);
  });

  it('explains every error, and no other', async () => {
    const page = await readFile('docs/reference/errors.md', 'utf8');
    const told = [...page.matchAll(/^\| `([A-Z_]+)` +\| `(\w+)`/gm)].map(([, code, name]) => `${name} ${code}`);
    const sources = (await readdir(`${LIBRARY}/src`, { recursive: true })).filter((name) => name.endsWith('errors.ts'));
    const texts = await Promise.all(sources.map((name) => readFile(`${LIBRARY}/src/${name}`, 'utf8')));
    const thrown = texts.flatMap((text) => [...text.matchAll(ERROR_CLASS)]).map(([, name, code]) => `${name} ${code}`);
    expect(thrown.length).toBeGreaterThan(10);
    expect(told.sort()).toEqual(thrown.sort());
  });

  it('installs the library with all of its peers, but for the optional ones', async () => {
    const manifest = JSON.parse(await readFile(`${LIBRARY}/package.json`, 'utf8')) as Record<string, object>;
    const optional = Object.keys(manifest.peerDependenciesMeta ?? {});
    const [, line = ''] = /npm install (.+)/.exec(await readFile(`${LIBRARY}/README.md`, 'utf8')) ?? [];
    const peers = Object.keys(manifest.peerDependencies ?? {}).filter((name) => !optional.includes(name));
    expect(line.split(' ').sort()).toEqual(['@tidemark/event-sourcing', ...peers].sort());
  });
});
