import { describe, expect, it } from '@jest/globals';
import type { ServerFacts } from '../../database/index.js';
import { serverFindings } from './server-checks.js';

const WELL: ServerFacts = {
  versionNumber: 180_001,
  version: '18.1',
  database: 'shop',
  user: 'orders',
  isReplica: false,
  isSuperuser: false,
  seesAllSessions: true,
  maxConnections: 97,
  connections: 77,
  fsync: 'on',
  fullPageWrites: 'on',
  synchronousCommit: 'on',
  idleInTransactionTimeoutMs: 60_000,
};

describe('what the facts of a server say', () => {
  it('is nothing where all is well', () => {
    for (const versionNumber of [140_000, 150_020, 189_999])
      expect(serverFindings({ ...WELL, versionNumber })).toEqual([]);
    for (const synchronousCommit of ['on', 'local', 'remote_apply'])
      expect(serverFindings({ ...WELL, synchronousCommit })).toEqual([]);
  });

  // A server of each kind is not to be had for a test, and the settings of the one that there is belong to others too.
  it.each([
    ['server-version', 'problem', { versionNumber: 139_999, version: '13.22' }],
    ['server-version', 'warning', { versionNumber: 190_000, version: '19.0' }],
    ['replica', 'problem', { isReplica: true }],
    ['fsync-off', 'problem', { fsync: 'off' }],
    ['full-page-writes-off', 'problem', { fullPageWrites: 'off' }],
    ['synchronous-commit-off', 'problem', { synchronousCommit: 'off' }],
    ['connections', 'warning', { connections: 78 }],
    ['idle-in-transaction-timeout', 'advice', { idleInTransactionTimeoutMs: 0 }],
    ['sessions-hidden', 'advice', { seesAllSessions: false }],
  ] as const)('is %s, a %s, for %j', (code, severity, facts) => {
    expect(serverFindings({ ...WELL, ...facts })).toMatchObject([{ code, severity }]);
  });
});
