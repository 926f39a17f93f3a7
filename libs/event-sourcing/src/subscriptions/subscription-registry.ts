import { ConfigurationError } from '../core/index.js';
import type { SubscriptionDefinition } from './subscription-definition.js';

/** Knows the subscriptions of one app. */
export class SubscriptionRegistry {
  private readonly definitions = new Map<string, SubscriptionDefinition>();

  /** Adds a subscription; refuses a name that is taken. */
  add(definition: SubscriptionDefinition): void {
    const { name } = definition;
    if (this.definitions.has(name)) throw new ConfigurationError([`there are two subscriptions named '${name}'.`]);
    this.definitions.set(name, definition);
  }

  get(name: string): SubscriptionDefinition | undefined {
    return this.definitions.get(name);
  }

  /** Those with these names, all where there are none; refuses an empty list and names that are unknown. */
  select(names: readonly string[] | undefined): readonly SubscriptionDefinition[] {
    if (names === undefined) return this.list();
    if (names.length === 0) {
      throw new ConfigurationError(["'only' names no subscription; leave it out, or set 'workers: false'."]);
    }
    const known = [...this.definitions.keys()].map((name) => `'${name}'`).join(', ') || 'none';
    const problems = names
      .filter((name) => !this.definitions.has(name))
      .map((name) => `'only' names the subscription '${name}', which this app does not have; known are ${known}.`);
    if (problems.length > 0) throw new ConfigurationError(problems);
    return this.list().filter(({ name }) => names.includes(name));
  }

  list(): readonly SubscriptionDefinition[] {
    return [...this.definitions.values()];
  }
}
