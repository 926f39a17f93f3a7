import { Module } from '@nestjs/common';
import { TracingService } from './tracing.service.js';

/** Spans of what the app does with events. */
@Module({ providers: [TracingService] })
export class TracingModule {}
