import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ProjectionExplorer } from './projection.explorer.js';

/** Reads the projections of the app and registers them as subscriptions. */
@Module({ imports: [DiscoveryModule], providers: [ProjectionExplorer] })
export class ProjectionsModule {}
