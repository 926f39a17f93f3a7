import { describe, expect, it } from '@jest/globals';
import { findNativePackage } from './binaries-package.js';

describe('findNativePackage', () => {
  it.each([
    ['aix', 'ppc64', 'aix-ppc64'],
    ['win32', 'arm64', 'windows-arm64'],
  ] as const)(
    'says plainly that there is none for %s on %s, for what there is one, and what to do',
    (platform, arch, name) => {
      const find = (): unknown => findNativePackage(platform, arch);
      expect(find).toThrow(expect.objectContaining({ code: 'NO_BINARY' }));
      expect(find).toThrow(`no embedded PostgreSQL for ${name}`);
      expect(find).toThrow(/linux-x64.*DATABASE_URL/);
    },
  );
});
