import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appWith, contentsOf, FRESH_APP, manifest, run } from '../app/nest-app.fixture.js';
import { nestAdd } from './nest-add.js';
import type { NestAddOptions } from './nest-add.options.js';
import { BESIDES } from './packages.js';

const VARIANTS: readonly NestAddOptions[] = [{ database: 'url' }, { database: 'embedded' }];

function readJson<T>(text: string): T {
  return JSON.parse(text) as T;
}

describe('nest add', () => {
  it('imports the database, CQRS and event sourcing into the module of the app', async () => {
    const { tree } = await run(appWith(), nestAdd({}));
    expect(tree.readContent('src/app.module.ts')).toBe(`import { Module } from '@nestjs/common';
import { AppService } from './app.service.js';
import { DatabaseModule } from './database/database.module.js';
import { CqrsModule } from '@nestjs/cqrs';
import { EventSourcingModule } from '@tidemark/event-sourcing';
import { readSettings } from './settings.js';

@Module({
  imports: [
    DatabaseModule,
    CqrsModule.forRoot(),
    EventSourcingModule.forRootAsync({
      useFactory: () => ({ migrate: true, ...readSettings().eventSourcing }),
      metrics: true,
      healthController: true,
    }),
  ],
  providers: [AppService],
})
export class AppModule {}
`);
  });

  it('has SIGTERM drain the app', async () => {
    const { tree } = await run(appWith(), nestAdd({}));
    expect(tree.readContent('src/main.ts')).toContain(`NestFactory.create(AppModule);
  app.enableShutdownHooks([], { useProcessExit: true });
  await app.listen`);
  });

  it.each(VARIANTS)('changes nothing when it is run once more: %j', async (options) => {
    const once = await run(appWith(), nestAdd(options));
    const twice = await run(once.tree, nestAdd(options));
    expect(contentsOf(twice.tree)).toEqual(contentsOf(once.tree));
    expect(twice.tasks).toEqual([]);
  });

  it('wants a DATABASE_URL, or starts a server of its own where that is chosen', async () => {
    const [url, embedded] = await Promise.all(VARIANTS.map((options) => run(appWith(), nestAdd(options))));
    expect(url?.tree.readContent('.env')).toMatch(/^DATABASE_URL=postgres:.*\/shop$/m);
    expect(url?.tree.readContent('src/database/connect.ts')).not.toContain('embedded');
    expect(embedded?.tree.readContent('.env')).toMatch(/^#DATABASE_URL=/m);
    expect(embedded?.tree.readContent('src/database/connect.ts')).toContain("import('@tidemark/embedded-postgres')");
    expect(embedded?.tree.readContent('src/settings.ts')).toContain("databaseUrl: 'optional'");
  });

  it('adds what is missing to package.json and has it installed', async () => {
    const own = readJson<{ version: string }>(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
    const fresh = manifest({ type: 'module', dependencies: { '@nestjs/core': '^12.1.0', pg: '8.22.0' } });
    const { tree, tasks } = await run(appWith({ 'package.json': fresh }), nestAdd({ database: 'embedded' }));
    expect(readJson(tree.readContent('package.json'))).toMatchObject({
      dependencies: { ...BESIDES, pg: '8.22.0', '@tidemark/event-sourcing': `^${own.version}` },
      devDependencies: { '@tidemark/embedded-postgres': `^${own.version}` },
    });
    expect(tasks).toEqual(['node-package']);
    expect((await run(appWith(), nestAdd({ skipInstall: true }))).tasks).toEqual([]);
  });

  it('asks for the packages that the library names as its peers', () => {
    const library = readFileSync(join(import.meta.dirname, '../../../event-sourcing/package.json'), 'utf8');
    expect(readJson<{ peerDependencies: object }>(library).peerDependencies).toMatchObject(BESIDES);
  });

  it('adds to an .env and a .gitignore that are there', async () => {
    const files = { '.env': 'PORT=3001', '.gitignore': 'node_modules\n' };
    const { tree } = await run(appWith(files), nestAdd({ database: 'embedded' }));
    expect(tree.readContent('.env')).toMatch(/^PORT=3001\n# [^]*\n#DATABASE_URL=/);
    expect(tree.readContent('.gitignore')).toBe('node_modules\n.env\n.data\n');
  });

  it('leaves a DATABASE_URL as it is', async () => {
    const { tree } = await run(appWith({ '.env': 'DATABASE_URL=postgres://db/shop\n' }), nestAdd({}));
    expect(tree.readContent('.env')).toBe('DATABASE_URL=postgres://db/shop\n');
  });

  it('leaves TypeORM to an app that has it', async () => {
    const module = `import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

@Module({
  imports: [TypeOrmModule.forRoot({ type: 'postgres' })],
})
export class AppModule {}
`;
    const { tree } = await run(appWith({ 'src/app.module.ts': module }), nestAdd({}));
    expect(tree.exists('src/database/connect.ts')).toBe(false);
    expect(tree.readContent('src/app.module.ts')).not.toContain('DatabaseModule');
    expect(tree.readContent('src/app.module.ts')).toContain('EventSourcingModule.forRootAsync');
  });

  it('imports without an ending in CommonJS', async () => {
    const { tree } = await run(appWith({ 'package.json': manifest({}) }), nestAdd({}));
    expect(tree.readContent('src/app.module.ts')).toContain("from './settings';");
    expect(tree.readContent('src/database/database.module.ts')).toContain("from './connect';");
  });

  it('works on a project of a monorepo', async () => {
    const moved = {
      'src/app.module.ts': undefined,
      'src/main.ts': undefined,
      'apps/api/src/app.module.ts': FRESH_APP['src/app.module.ts'],
      'apps/api/src/main.ts': FRESH_APP['src/main.ts'],
    };
    const { tree } = await run(appWith(moved), nestAdd({ sourceRoot: 'apps/api/src' }));
    expect(tree.exists('apps/api/src/database/connect.ts')).toBe(true);
    expect(tree.readContent('apps/api/src/app.module.ts')).toContain('EventSourcingModule');
  });

  it('says what to do where main.ts is not as it expects', async () => {
    const { warnings, tree } = await run(appWith({ 'src/main.ts': 'start();\n' }), nestAdd({}));
    expect(warnings).toEqual([expect.stringContaining('Call app.enableShutdownHooks()')]);
    expect(tree.readContent('src/main.ts')).toBe('start();\n');
  });

  it.each<[string, Record<string, string | undefined>, string]>([
    ['a folder without package.json', { 'package.json': undefined }, 'NO_APP'],
    ['an app that is not of Nest', { 'package.json': '{ "name": "shop" }' }, 'NO_APP'],
    ['a broken package.json', { 'package.json': '{' }, 'NOT_UNDERSTOOD'],
    ['an app without app.module.ts', { 'src/app.module.ts': undefined }, 'NO_APP_MODULE'],
    ['Nest 11', { 'package.json': manifest({ dependencies: { '@nestjs/core': '^11.0.1' } }) }, 'NEST_TOO_OLD'],
    ['an installed Nest 11', { 'node_modules/@nestjs/core/package.json': '{ "version": "11.1.9" }' }, 'NEST_TOO_OLD'],
    ['a module without metadata', { 'src/app.module.ts': 'export class AppModule {}\n' }, 'NOT_UNDERSTOOD'],
    [
      'imports that are no list',
      { 'src/app.module.ts': '@Module({ imports: MODULES }) export class AppModule {}\n' },
      'NOT_UNDERSTOOD',
    ],
  ])('refuses %s', async (_what, files, code) => {
    await expect(run(appWith(files), nestAdd({}))).rejects.toMatchObject({ name: 'RefusalError', code });
  });
});
