// Adds to the lock file the builds for other platforms that an incomplete mirror of the registry left out.
//
// Packages with native code ask for one optional package per platform, each at an exact version. npm drops those that a
// mirror does not offer from the lock file, and `npm ci` then refuses the lock file everywhere. Name, version and
// platform are all that an entry needs. It has no hash, since the mirror knows none; an install where the whole registry
// can be reached fills it in.
import { readFileSync, writeFileSync } from 'node:fs';

const PLATFORM =
  /(?<os>android|darwin|freebsd|linux|openharmony|win32)-(?<cpu>arm64|arm|x64|ia32|loong64|ppc64|riscv64|s390x)(-(?<libc>gnu|musl))?(-\w+)?$/;
const LIBC = { gnu: 'glibc', musl: 'musl' };

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
for (const { dev, optionalDependencies = {} } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const platform = PLATFORM.exec(name)?.groups;
    const path = `node_modules/${name}`;
    if (platform === undefined || path in lock.packages || !/^\d/.test(version)) continue;
    const { os, cpu, libc } = platform;
    const flags = { cpu: [cpu], ...(dev && { dev }), ...(libc && { libc: [LIBC[libc]] }), optional: true, os: [os] };
    lock.packages[path] = { version, ...flags };
    console.log(`added ${name} ${version}`);
  }
}
const paths = Object.keys(lock.packages).sort((a, b) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(paths.map((path) => [path, lock.packages[path]]));
writeFileSync('package-lock.json', `${JSON.stringify(lock, undefined, 2)}\n`);
