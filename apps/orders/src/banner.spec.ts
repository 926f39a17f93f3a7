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

  it('names the server of DATABASE_URL', () => {
    const connection = { host: 'db.example', port: 5433, database: 'orders' };
    const text = banner({ url, database: { connection, embedded: undefined } });
    expect(text).toContain('PostgreSQL of DATABASE_URL, db.example:5433/orders');
  });

  it('copes with a local socket', () => {
    const connection = { host: '/var/run/postgresql', database: 'orders' };
    expect(banner({ url, database: { connection, embedded: undefined } })).toContain('a local socket/orders');
  });

  it('says where the data of an embedded server is', () => {
    const embedded = { port: 5439, dataDir: '/srv/.data/postgres' };
    const text = banner({ url, database: { connection: {}, embedded } });
    expect(text).toContain('embedded PostgreSQL on port 5439, data in /srv/.data/postgres');
  });
});
