import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { ConfigurationError, EventTypeRegistry } from '../../core/index.js';
import { readDeclared } from '../declaration/read-declared.js';
import { registerDecorated, type SubscriptionReading } from '../declaration/register-decorated.js';
import { declared, problemsOfDeclaration, startFromField } from '../declaration/subscription-declaration.js';
import { SubscriptionRegistry } from '../subscription-registry.js';
import { type SubscriberContext, type SubscriberOptions, subscriberOptionsOf } from './subscriber.decorator.js';

/** Finds the subscribers among all providers at bootstrap, and refuses what is wrong with them in one error. */
@Injectable()
export class SubscriberExplorer implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly events: EventTypeRegistry,
    private readonly subscriptions: SubscriptionRegistry,
  ) {}

  onModuleInit(): void {
    const problems = registerDecorated(this.discovery, this.subscriptions, {
      kind: 'subscriber',
      decorator: '@Subscriber',
      isDecorated: (type) => subscriberOptionsOf(type) !== undefined,
      read: (instance) => readSubscriber(instance, this.events),
    });
    if (problems.length > 0) throw new ConfigurationError(problems);
  }
}

function readSubscriber(instance: object, registry: EventTypeRegistry): SubscriptionReading {
  const given = subscriberOptionsOf(instance.constructor) as SubscriberOptions;
  const { startFrom = 'beginning', ...declaration } = given;
  return readDeclared<SubscriberContext>(instance, registry, {
    problems: problemsOfDeclaration(given, instance.constructor.name, { startFrom: startFromField }),
    base: { ...declared(declaration), version: 1, kind: 'subscriber', startFrom },
    contextOf: ({ subscription, partition, signal }) => ({ subscription, partition, signal }),
  });
}
