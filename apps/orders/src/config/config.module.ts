import { type DynamicModule, Module } from '@nestjs/common';
import { OrdersConfig } from './orders.config.js';

/** Makes the configuration injectable everywhere, as {@link OrdersConfig}. */
@Module({})
export class ConfigModule {
  static register(config: OrdersConfig): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [{ provide: OrdersConfig, useValue: config }],
      exports: [OrdersConfig],
    };
  }
}
