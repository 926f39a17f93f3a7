import { strings } from '@angular-devkit/core';
import { chain, type Rule } from '@angular-devkit/schematics';
import { type Feature, featureOf, inModule, refuseExisting } from '../app/feature.js';
import { format } from '../app/format.js';
import type { GeneratorOptions } from '../app/generator.options.js';
import { subjectEventsOf } from '../app/subject-events.js';
import { filesFrom, generated } from '../app/templates.js';
import { withMigration } from './migrations-source.js';

/** Makes a projection for the events of a feature, its read model in PostgreSQL and in memory, and the migration for its table. */
export function projection(options: GeneratorOptions): Rule {
  return (tree) => {
    const feature = featureOf(tree, options);
    const { folder, name } = feature;
    refuseExisting(tree, `${folder}/read-model/${name}.projection.ts`);
    const className = strings.classify(name);
    const values = { table: name.replaceAll('-', '_'), timestamp: Date.now() };
    return chain([
      generated(`${import.meta.dirname}/files`, feature, options, { ...values, ...subjectEventsOf(tree, feature) }),
      filesFrom(`${import.meta.dirname}/migration-files`, {
        to: migrationsOf(feature),
        values: { ...feature, ...values },
      }),
      addMigration(feature, values.timestamp),
      inModule(feature, options, (module, from) => {
        module
          .import(`${className}Module`, from(`${folder}/read-model/${name}.module`))
          .import(`${className}Projection`, from(`${folder}/read-model/${name}.projection`))
          // Once for the projection, once for those of the app's module who read.
          .add('imports', `${className}Module`)
          .addFeature('imports', `${className}Module`)
          .addFeature('projections', `${className}Projection`);
      }),
      format(),
    ]);
  };
}

function migrationsOf({ app }: Feature): string {
  return `${app.sourceRoot}/database/migrations`;
}

function addMigration(feature: Feature, timestamp: number): Rule {
  return (tree, { logger }) => {
    const { app, name } = feature;
    const list = `${migrationsOf(feature)}.ts`;
    const file = `${timestamp}-create-${name}`;
    const text = tree.read(list)?.toString();
    const className = `Create${strings.classify(name)}${timestamp}`;
    const changed =
      text === undefined ? undefined : withMigration(text, className, `./migrations/${file}${app.importSuffix}`);
    if (changed === undefined) {
      logger.warn(`List ${className} of ${migrationsOf(feature)}/${file}.ts under the migrations of your DataSource.`);
    } else tree.overwrite(list, changed);
  };
}
