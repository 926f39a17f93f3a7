import { defineFact } from '../logging/index.js';

export const DATABASE_UNREACHABLE = defineFact(
  'database.unreachable',
  'warn',
  ['retryInMs', 'error'],
  ({ retryInMs, error }) => `The database cannot be reached, next try in ${retryInMs} ms: ${error}`,
);

export const SCHEMA_MIGRATED = defineFact(
  'schema.migrated',
  'log',
  ['schema', 'migrations'],
  ({ schema, migrations }) => `Schema '${schema}' migrated: ${migrations}`,
);

export const CONTROL_CONNECTION_UNAVAILABLE = defineFact(
  'control-connection.unavailable',
  'warn',
  ['error'],
  ({ error }) => `The control connection cannot be opened: ${error}`,
);

export const CONTROL_CONNECTION_LOST = defineFact(
  'control-connection.lost',
  'warn',
  ['error'],
  ({ error }) => `The control connection is lost and opened again: ${error}`,
);

export const CONTROL_CONNECTION_BACK = defineFact(
  'control-connection.back',
  'log',
  [],
  () => 'The control connection is back',
);

export const NOTIFICATIONS_OFF = defineFact(
  'notifications.off',
  'warn',
  ['channel', 'error'],
  ({ channel, error }) => `No notifications on '${channel}' for now, polling goes on: ${error}`,
);

export const NOTIFICATION_UNSENT = defineFact(
  'notification.unsent',
  'debug',
  ['error'],
  ({ error }) => `A notification was not sent: ${error}`,
);
