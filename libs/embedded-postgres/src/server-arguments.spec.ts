import { describe, expect, it } from '@jest/globals';
import { serverArguments } from './server-arguments.js';

const LISTENING = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'port=5544'];

describe('serverArguments', () => {
  it('listen on the loopback address and on no socket', () => {
    const words = serverArguments('/data/cluster', 5544, { durable: true, settings: {} });
    expect(words).toEqual(['-D', '/data/cluster', ...LISTENING]);
  });

  it('let a setting override what durable: false implies, and put the address last', () => {
    const words = serverArguments('/data/cluster', 5544, { durable: false, settings: { jit: false, fsync: 'on' } });
    expect(words).toEqual([
      ...['-D', '/data/cluster', '-c', 'fsync=on', '-c', 'full_page_writes=off', '-c', 'jit=false'],
      ...LISTENING,
    ]);
  });
});
