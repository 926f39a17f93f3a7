import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { ConfigurationError, EventTypeRegistry } from '../core/index.js';
import { registerDecorated, SubscriptionRegistry } from '../subscriptions/index.js';
import { projectionOptionsOf } from './projection.decorator.js';
import { readProjection } from './projection-definition.js';

/** Finds the projections among all providers at bootstrap, and refuses what is wrong with them in one error. */
@Injectable()
export class ProjectionExplorer implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly events: EventTypeRegistry,
    private readonly subscriptions: SubscriptionRegistry,
  ) {}

  onModuleInit(): void {
    const problems = registerDecorated(this.discovery, this.subscriptions, {
      kind: 'projection',
      decorator: '@Projection',
      isDecorated: (type) => projectionOptionsOf(type) !== undefined,
      read: (instance) => readProjection(instance, this.events),
    });
    if (problems.length > 0) throw new ConfigurationError(problems);
  }
}
