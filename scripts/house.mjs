// The checks that no library offers. Run from the root of the repository: npm run house
import { linksResolve, noMachinePaths } from './house/docs.mjs';
import {
  dependenciesAreExplained,
  installScriptsAreDecided,
  lockHoldsEveryPlatform,
  lockHoldsNoAddress,
  packagesAreComplete,
  versionsAgree,
} from './house/packages.mjs';
import { namesSaySomething, roomsAreSmall } from './house/rooms.mjs';

const checks = {
  'rooms are small': roomsAreSmall,
  'names say something': namesSaySomething,
  'links in the docs resolve': linksResolve,
  'no paths of one machine': noMachinePaths,
  'versions agree': versionsAgree,
  'dependencies are explained': dependenciesAreExplained,
  'the lock file holds no address': lockHoldsNoAddress,
  'the lock file holds every platform': lockHoldsEveryPlatform,
  'install scripts are decided': installScriptsAreDecided,
  'packages are complete': packagesAreComplete,
};

for (const [name, check] of Object.entries(checks)) {
  const problems = check();
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  for (const problem of problems) console.error(`     ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}
