import { strings } from '@angular-devkit/core';
import { chain, type Rule } from '@angular-devkit/schematics';
import { featureOf, inModule, refuseExisting } from '../app/feature.js';
import { format } from '../app/format.js';
import type { GeneratorOptions } from '../app/generator.options.js';
import { generated } from '../app/templates.js';

/** Makes an aggregate with its first event. */
export function aggregate(options: GeneratorOptions): Rule {
  return (tree) => {
    const feature = featureOf(tree, options);
    const { folder, name } = feature;
    refuseExisting(tree, `${folder}/domain/${name}.aggregate.ts`);
    const created = `${strings.classify(name)}Created`;
    return chain([
      generated(`${import.meta.dirname}/files`, feature, options),
      inModule(feature, options, (module, from) => {
        module
          .import(created, from(`${folder}/domain/${name}-created.event`))
          .import(strings.classify(name), from(`${folder}/domain/${name}.aggregate`))
          .addFeature('events', created)
          .addFeature('aggregates', strings.classify(name));
      }),
      format(),
    ]);
  };
}
