import { strings } from '@angular-devkit/core';
import { chain, type Rule } from '@angular-devkit/schematics';
import { aggregatesIn, namedIn } from '../app/domain-sources.js';
import { featureOf, inModule, refuseExisting } from '../app/feature.js';
import { format } from '../app/format.js';
import type { GeneratorOptions } from '../app/generator.options.js';
import { generated } from '../app/templates.js';

/** Makes an event. */
export function event(options: GeneratorOptions): Rule {
  return (tree) => {
    const feature = featureOf(tree, options);
    const { folder, name } = feature;
    refuseExisting(tree, `${folder}/domain/${name}.event.ts`);
    const subject = namedIn(name, aggregatesIn(tree, folder))?.name;
    const className = strings.classify(name);
    return chain([
      generated(`${import.meta.dirname}/files`, feature, options, { wireName: wireNameOf(name, subject) }),
      inModule(feature, options, (module, from) => {
        module.import(className, from(`${folder}/domain/${name}.event`)).addFeature('events', className);
      }),
      format(),
    ]);
  };
}

/** What it happened to, a dot, and what happened: `order-item-added` is `order-item.added` where there is such an aggregate. */
function wireNameOf(name: string, subject: string | undefined): string {
  return subject !== undefined && name.startsWith(`${subject}-`)
    ? `${subject}.${name.slice(subject.length + 1)}`
    : name.replace('-', '.');
}
