import { strings } from '@angular-devkit/core';
import { chain, type Rule, type Tree } from '@angular-devkit/schematics';
import { aggregatesIn, type DomainClass, eventsIn, namedIn } from '../app/domain-sources.js';
import { type Feature, featureOf, inModule, refuseExisting, specifierOf } from '../app/feature.js';
import { format } from '../app/format.js';
import type { GeneratorOptions } from '../app/generator.options.js';
import { RefusalError } from '../app/refusal.js';
import { generated } from '../app/templates.js';

/** Makes a command and its handler, which calls the method of an aggregate that the command is named after. */
export function command(options: GeneratorOptions): Rule {
  return (tree) => {
    const feature = featureOf(tree, options);
    const { folder, name } = feature;
    refuseExisting(tree, `${folder}/commands/${name}.command.ts`);
    const className = strings.classify(name);
    return chain([
      generated(`${import.meta.dirname}/files`, feature, options, valuesOf(tree, feature)),
      inModule(feature, options, (module, from) => {
        module
          .import(`${className}Handler`, from(`${folder}/commands/${name}.handler`))
          .add('providers', `${className}Handler`);
      }),
      format(),
    ]);
  };
}

function valuesOf(tree: Tree, feature: Feature): object {
  const aggregate = aggregateOf(tree, feature);
  const { name: method, parameters } = methodOf(aggregate, feature.name);
  const from = ({ file }: DomainClass): string =>
    specifierOf(`${feature.folder}/commands`, file) + feature.app.importSuffix;
  return {
    aggregate,
    aggregateImport: from(aggregate),
    method,
    parameters,
    names: parameters.map(({ name }) => name).join(', '),
    // The first method of an aggregate is that by which its stream begins.
    begins: aggregate.methods[0]?.name === method,
    events: eventsIn(tree, feature.folder).map((event) => ({ className: event.className, from: from(event) })),
  };
}

function aggregateOf(tree: Tree, { folder, name }: Feature): DomainClass {
  const aggregates = aggregatesIn(tree, folder);
  const aggregate = namedIn(name, aggregates) ?? (aggregates.length === 1 ? aggregates[0] : undefined);
  if (aggregate !== undefined) return aggregate;
  throw new RefusalError(
    'NO_AGGREGATE',
    aggregates.length === 0
      ? `${folder}/domain has no aggregate that the command could go to. Make it first: nest g -c @tidemark/event-sourcing aggregate …`
      : `The name '${name}' has the name of no aggregate in ${folder}/domain: ${aggregates.map((one) => one.name).join(', ')}.`,
  );
}

function methodOf(aggregate: DomainClass, name: string): DomainClass['methods'][number] {
  const wanted = strings.camelize(`-${name}-`.replace(`-${aggregate.name}-`, '-').replace(/^-|-$/g, ''));
  const method = aggregate.methods.find((one) => one.name === wanted);
  if (method === undefined) {
    throw new RefusalError(
      'NO_METHOD',
      `${aggregate.className} in ${aggregate.file}.ts has no public method ${wanted}(), which decides what the command leads to. Write it first.`,
    );
  }
  // The command's own field 'id' names the aggregate.
  const foreign = method.parameters.find(({ name: parameter, sample }) => sample === undefined || parameter === 'id');
  if (foreign === undefined) return method;
  throw new RefusalError(
    'NOT_UNDERSTOOD',
    `${aggregate.className}.${wanted}() takes '${foreign.name}: ${foreign.type}'. Commands are made for parameters of string, number, boolean, bigint, Date and lists of them, none of them called 'id'; write this one by hand.`,
  );
}
