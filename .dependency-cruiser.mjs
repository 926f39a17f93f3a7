const SRC = '^libs/event-sourcing/src';
const SPEC = '\\.spec\\.ts$';

/** Which rooms each room of the library may import; the table of docs/architecture, in order of height. */
const ROOMS = {
  core: [],
  logging: ['core'],
  lifecycle: ['core', 'logging'],
  database: ['core', 'logging'],
  'event-store': ['core', 'database', 'lifecycle', 'logging'],
  'dead-letter-queue': ['core', 'database'],
  messaging: ['core'],
  outbox: ['core', 'database', 'lifecycle', 'messaging', 'event-store'],
  subscriptions: ['core', 'database', 'lifecycle', 'logging', 'event-store', 'dead-letter-queue'],
  aggregates: ['core', 'event-store'],
  projections: ['core', 'database', 'event-store', 'subscriptions'],
  correlation: ['core'],
};
const BELOW = Object.keys(ROOMS);
// Both look at every room, the one at what it tells, the other at how it stands; see docs/decisions/0004.
const TABLE = {
  ...ROOMS,
  observability: BELOW,
  health: BELOW,
  cli: [...BELOW, 'configuration'],
  // Makes options of the environment, for apps; no room may depend on it.
  configuration: ['core', 'lifecycle', 'subscriptions'],
};
const ALL_ROOMS = [...Object.keys(TABLE), 'testing'];

const oneOf = (names) => `(${names.join('|')})`;

/** One rule per room: itself, what the table grants, nothing else. Specs too; `testing-imported-by-none` says who may have testing. */
const directions = Object.entries(TABLE).map(([room, allowed]) => ({
  name: `room-${room}`,
  comment: `'${room}' may import ${allowed.length > 0 ? allowed.join(', ') : 'no other room'}: a lower room never knows a higher one.`,
  severity: 'error',
  from: { path: `${SRC}/${room}/` },
  to: { path: `${SRC}/`, pathNot: `${SRC}/${oneOf([room, ...allowed, 'testing'])}/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or have a third between them. Types count.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A source file that nothing imports and that imports nothing is dead.',
      severity: 'error',
      from: { orphan: true, path: '^(libs|apps)/[^/]+/src/', pathNot: '(^|/)(index|main|migrate)\\.ts$' },
      to: {},
    },
    {
      name: 'resolvable',
      comment: 'Every import leads to a file or to an installed package.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...directions,
    {
      name: 'known-rooms',
      comment: 'A new folder of the library enters the table above, with what it may import, before it is used.',
      severity: 'error',
      from: { path: `${SRC}/[^/]+/`, pathNot: `${SRC}/${oneOf(ALL_ROOMS)}/` },
      to: {},
    },
    {
      name: 'rooms-by-the-door',
      comment: "Another room's insides are its own: import its index.ts.",
      severity: 'error',
      from: { path: `${SRC}/([^/]+)/` },
      to: { path: `${SRC}/[^/]+/(?!index\\.ts$)`, pathNot: `${SRC}/$1/` },
    },
    {
      name: 'root-by-the-door',
      comment: "The library's own root files see rooms by their index.ts as everybody does.",
      severity: 'error',
      from: { path: `${SRC}/[^/]+$` },
      to: { path: `${SRC}/[^/]+/(?!index\\.ts$)` },
    },
    {
      name: 'testing-imported-by-none',
      comment: 'What helps tests is its own entry; no room and no root file of the library depends on it.',
      severity: 'error',
      from: { path: `${SRC}/`, pathNot: [SPEC, `${SRC}/testing/`] },
      to: { path: `${SRC}/testing/` },
    },
    {
      name: 'cli-imported-by-none',
      comment:
        'The command line is a program of its own: nothing that an app loads brings it, or what it prints with, along.',
      severity: 'error',
      from: { path: `${SRC}/`, pathNot: `${SRC}/cli/` },
      to: { path: [`${SRC}/cli/`, 'node_modules/(commander|cli-table3|cli-progress)/'] },
    },
    {
      name: 'core-without-frameworks',
      comment: 'Core knows neither Nest nor a database.',
      severity: 'error',
      from: { path: `${SRC}/core/` },
      to: { path: '(^|/)(@nestjs/|pg($|/)|typeorm($|/))' },
    },
    {
      name: 'event-store-port-types-only',
      comment: "The event store's port speaks of TypeORM's types; only postgres/ and the module load TypeORM or pg.",
      severity: 'error',
      from: { path: `${SRC}/event-store/`, pathNot: [`${SRC}/event-store/postgres/`, '\\.module\\.ts$', SPEC] },
      to: { path: 'node_modules/(pg|typeorm)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'in-memory-without-database',
      comment: 'What lives in memory runs where neither pg nor TypeORM can be loaded.',
      severity: 'error',
      from: { path: `${SRC}/[^/]+/in-memory/` },
      to: { path: ['node_modules/(pg|typeorm)/', '/postgres/'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'libs-below-apps',
      comment: 'A library knows no app and none of the tests at the top.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: ['^apps/', '^test/', '^torture/'] },
    },
    {
      name: 'apps-by-the-public-entry',
      comment: 'An app, and what tortures one, uses a library as everybody does: by the name of its package.',
      severity: 'error',
      from: { path: '^(apps|torture)/' },
      to: {
        path: '^libs/[^/]+/src/',
        pathNot: '^libs/[^/]+/src/(index|testing/index|health/terminus/index|logging/pino/index)\\.ts$',
      },
    },
    {
      name: 'tests-by-the-door',
      comment:
        'Tests at the top use public entries and the doors of rooms; what lies behind a door has its spec beside it.',
      severity: 'error',
      from: { path: '^test/' },
      to: { path: '^libs/event-sourcing/src/[^/]+/(?!((terminus|pino)/)?index\\.ts$)' },
    },
    {
      name: 'embedded-postgres-alone',
      comment: 'The embedded server serves anybody; it knows nothing of event sourcing.',
      severity: 'error',
      from: { path: '^libs/embedded-postgres/' },
      to: { path: '^libs/event-sourcing/' },
    },
    {
      name: 'schematics-alone',
      comment: 'The schematics write source that uses the libraries, and load none of them.',
      severity: 'error',
      from: { path: '^libs/schematics/' },
      to: { path: '^libs/(?!schematics/)' },
    },
    {
      name: 'schematics-imported-by-none',
      comment: 'An app in production has no Angular devkit.',
      severity: 'error',
      from: { path: '^(libs/(?!schematics/)|apps/)' },
      to: { path: ['^libs/schematics/', 'node_modules/@(angular-devkit|nestjs/schematics)/'] },
    },
    {
      name: 'specs-imported-by-none',
      comment: 'What two specs share lives in a file of its own.',
      severity: 'error',
      from: {},
      to: { path: SPEC },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['(^|/)dist/', '^test/packages/fixtures/', '^libs/create-tidemark/template(-files)?/'] },
    moduleSystems: ['es6'],
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
    progress: { type: 'none' },
  },
};
