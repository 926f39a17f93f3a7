import type { ShutdownOptions } from '../lifecycle/index.js';
import type { SubscriptionsOptions } from '../subscriptions/index.js';
import type { SettingsLogLevel } from './variables/log-level.js';

/** How the server is known; what Node's TLS takes. */
export interface TlsSettings {
  /** Authorities whose certificates count, as PEM. @default those that Node trusts */
  readonly ca?: string;
  readonly rejectUnauthorized: boolean;
  /** Looks whether the certificate names the host. @default Node's own check */
  readonly checkServerIdentity?: () => undefined;
}

/** Options of a TypeORM DataSource, or what there is of them beside the app's entities and migrations. */
export interface DatabaseSettings {
  readonly type: 'postgres';
  readonly host?: string;
  readonly port?: number;
  readonly username?: string;
  /** A function, so that neither these settings nor a copy of them show it when they are printed. */
  readonly password?: () => string;
  readonly database?: string;
  readonly ssl: TlsSettings | false;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly poolSize: number;
  /** How long to wait for a connection, in milliseconds. */
  readonly connectTimeoutMS: number;
  /** Parameters of the driver, such as `statement_timeout`. */
  readonly extra: Readonly<Record<string, string | number>>;
}

/** Options of `EventSourcingModule.forRoot` that a deployment decides. */
export interface EventSourcingSettings {
  readonly workers: boolean;
  readonly subscriptions: Required<Pick<SubscriptionsOptions, 'assignment' | 'batchSize'>> &
    Pick<SubscriptionsOptions, 'only'>;
  readonly shutdown: Required<ShutdownOptions>;
}

/** Whether and where spans are sent. */
export interface TracingSettings {
  readonly enabled: boolean;
  /** `undefined`: where the exporter sends them by itself. */
  readonly endpoint: string | undefined;
}

/** What an app is told by its environment; frozen, and made by {@link settingsFromEnvironment}. */
export interface Settings {
  readonly database: DatabaseSettings;
  readonly eventSourcing: EventSourcingSettings;
  /** Port to listen on; 0 takes a free one. */
  readonly port: number;
  readonly serviceName: string;
  readonly logLevel: SettingsLogLevel;
  readonly tracing: TracingSettings;
}
