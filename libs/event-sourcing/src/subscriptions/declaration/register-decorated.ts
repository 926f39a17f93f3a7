import type { DiscoveryService } from '@nestjs/core';
import { ListedClasses } from './listed-classes.js';
import type { SubscriptionDefinition } from '../subscription-definition.js';
import type { SubscriptionRegistry } from '../subscription-registry.js';

type ProviderWrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** What came of reading a decorated class: the subscription that it stands for, or all that is wrong with it. */
export type SubscriptionReading =
  { readonly definition: SubscriptionDefinition } | { readonly problems: readonly string[] };

/** A kind of subscription that is found by its decorator. */
export interface DecoratedKind {
  readonly kind: ListedClasses['kind'];
  /** For example `@Projection`. */
  readonly decorator: string;
  readonly isDecorated: (type: object) => boolean;
  readonly read: (instance: object) => SubscriptionReading;
}

/** Finds the decorated classes among all providers and registers them; gives everything that is wrong with any of them. */
export function registerDecorated(
  discovery: DiscoveryService,
  registry: SubscriptionRegistry,
  decorated: DecoratedKind,
): readonly string[] {
  const wrappers = discovery.getProviders();
  const problems: string[] = [];
  for (const { instance } of wrappers) {
    const list: unknown = instance;
    if (!(list instanceof ListedClasses) || list.kind !== decorated.kind) continue;
    for (const type of list.types.filter((listed) => !decorated.isDecorated(listed))) {
      problems.push(`${type.name} is listed as a ${decorated.kind} but has no ${decorated.decorator} decorator.`);
    }
  }
  for (const wrapper of wrappers) {
    if (wrapper.metatype && decorated.isDecorated(wrapper.metatype))
      problems.push(...register(wrapper, registry, decorated));
  }
  return problems;
}

function register(
  wrapper: ProviderWrapper,
  registry: SubscriptionRegistry,
  { kind, read }: DecoratedKind,
): readonly string[] {
  if (!wrapper.isDependencyTreeStatic()) {
    return [`the ${kind} ${wrapper.name} is request-scoped, or injects what is; there is no request here.`];
  }
  const reading = read(wrapper.instance as object);
  if ('problems' in reading) return reading.problems;
  const { name } = reading.definition;
  if (registry.get(name) !== undefined) return [`there are two subscriptions named '${name}'.`];
  registry.add(reading.definition);
  return [];
}
