export { type Environment, readVariables, type ValuesOf } from './read-variables.js';
export type { DatabaseSettings, EventSourcingSettings, Settings, TlsSettings, TracingSettings } from './settings.js';
export {
  databaseFromEnvironment,
  settingsFromEnvironment,
  type SettingsReading,
  type SettingsVariable,
} from './settings-from-environment.js';
export type { EnvironmentVariable, EnvironmentVariables } from './variables/environment-variable.js';
export type { SettingsLogLevel } from './variables/log-level.js';
