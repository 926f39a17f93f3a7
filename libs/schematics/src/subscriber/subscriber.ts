import { strings } from '@angular-devkit/core';
import { chain, type Rule } from '@angular-devkit/schematics';
import { featureOf, inModule, refuseExisting } from '../app/feature.js';
import { format } from '../app/format.js';
import type { GeneratorOptions } from '../app/generator.options.js';
import { subjectEventsOf } from '../app/subject-events.js';
import { generated } from '../app/templates.js';

/** Makes a subscriber for the events of a feature, and the outlet by which it tells the outside. */
export function subscriber(options: GeneratorOptions): Rule {
  return (tree) => {
    const feature = featureOf(tree, options);
    const { folder, name } = feature;
    refuseExisting(tree, `${folder}/subscribers/${name}.subscriber.ts`);
    const className = strings.classify(name);
    return chain([
      generated(`${import.meta.dirname}/files`, feature, options, subjectEventsOf(tree, feature)),
      inModule(feature, options, (module, from) => {
        module
          .import(`${className}Module`, from(`${folder}/subscribers/${name}.module`))
          .import(`${className}Subscriber`, from(`${folder}/subscribers/${name}.subscriber`))
          .addFeature('imports', `${className}Module`)
          .addFeature('subscribers', `${className}Subscriber`);
      }),
      format(),
    ]);
  };
}
