import { describe, expect, it } from '@jest/globals';
import { parsePostmasterLock } from './postmaster-lock.js';

describe('parsePostmasterLock', () => {
  it('reads pid and port', () => {
    const text = '4711\n/data/cluster\n1700000000\n54321\n\n127.0.0.1\n  1234567   98304\nready   \n';
    expect(parsePostmasterLock(text)).toEqual({ pid: 4711, port: 54321 });
  });

  it('knows no port yet of a server that has only begun to start', () => {
    expect(parsePostmasterLock('4711\n/data/cluster\n1700000000\n')).toEqual({ pid: 4711, port: 0 });
  });

  it.each(['', '\n', 'rubbish\n', '-4711\n'])('takes %j for a file that names no server', (text) => {
    expect(parsePostmasterLock(text)).toBeNull();
  });
});
