import { describe, expect, it } from '@jest/globals';
import { banner } from './banner.js';

const url = 'http://localhost:3000';

describe('banner', () => {
  it('says where the app answers', () => {
    const text = banner({ url, database: undefined });
    expect(text).toContain('http://localhost:3000/orders');
    expect(text).toContain('http://localhost:3000/docs');
    expect(text).toContain('in memory');
  });

  it('names the server of DATABASE_URL without its credentials, wherever they stand', () => {
    const given = 'postgres://ada:lovelace@db.example:5433/orders?password=lovelace&sslmode=require';
    const text = banner({ url, database: { url: given, embedded: undefined } });
    expect(text).toContain('PostgreSQL of DATABASE_URL, db.example:5433/orders');
    expect(text).not.toMatch(/ada|lovelace/);
  });

  it('copes with a URL of a local socket', () => {
    const given = 'postgres:///orders?host=/var/run/postgresql';
    expect(banner({ url, database: { url: given, embedded: undefined } })).toContain('a local socket/orders');
  });

  it('says where the data of an embedded server is, without its password', () => {
    const embedded = { port: 5439, dataDir: '/srv/.data/postgres' };
    const given = 'postgres://postgres:secret@127.0.0.1:5439/tidemark';
    const text = banner({ url, database: { url: given, embedded } });
    expect(text).toContain('embedded PostgreSQL on port 5439, data in /srv/.data/postgres');
    expect(text).not.toContain('secret');
  });
});
