import { describe, expect, it } from '@jest/globals';
import { findUser } from './run-as.js';

const PASSWD = `root:x:0:0:root:/root:/bin/bash
toor:x:0:0::/root:/bin/sh
nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin
postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash
broken
`;

describe('findUser', () => {
  it('takes the first wanted name that has an entry, whatever the order of the file', () => {
    expect(findUser(PASSWD, ['postgres', 'nobody'])).toEqual({ uid: 101, gid: 104 });
    expect(findUser(PASSWD, ['absent', 'nobody'])).toEqual({ uid: 65534, gid: 65533 });
  });

  it('never takes root under another name, nor a broken line', () => {
    expect(findUser(PASSWD, ['toor', 'broken', 'absent'])).toBeUndefined();
  });
});
