import { describe, expect, it } from '@jest/globals';
import { isAbsolute } from 'node:path';
import { resolveOptions, type EmbeddedPostgresOptions } from './embedded-postgres.options.js';

describe('resolveOptions', () => {
  it('fills in the defaults and makes the folder absolute', () => {
    const resolved = resolveOptions({ dataDir: 'data' });
    expect(resolved).toMatchObject({ port: 0, database: 'tidemark', durable: true, settings: {} });
    expect(isAbsolute(resolved.dataDir)).toBe(true);
  });

  it.each<[string, Partial<EmbeddedPostgresOptions>]>([
    ['dataDir', { dataDir: ' ' }],
    ['port', { port: 65_536 }],
    ['port', { port: 1.5 }],
    ['database', { database: '' }],
    ['database', { database: 'é'.repeat(32) }],
    ['max connections', { settings: { 'max connections': 1 } }],
    ['Listen_Addresses', { settings: { Listen_Addresses: '*' } }],
  ])('refuses a wrong %s: %j', (name, wrong) => {
    const resolve = (): unknown => resolveOptions({ dataDir: 'data', ...wrong });
    expect(resolve).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(resolve).toThrow(name);
  });
});
