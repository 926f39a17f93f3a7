import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ConfigurationError } from '../core/index.js';
import type { EnvironmentVariable, EnvironmentVariables } from './variables/environment-variable.js';

/** An environment, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The values of variables; `undefined` for one that is not given and has no default. */
export type ValuesOf<V extends EnvironmentVariables> = {
  readonly [N in keyof V]:
    StandardSchemaV1.InferOutput<V[N]['field']> | (V[N] extends { readonly default: string } ? never : undefined);
};

/** What was read: values where nothing is wrong with them, and what is wrong with the others. */
export interface Reading<V extends EnvironmentVariables> {
  readonly values: Partial<ValuesOf<V>>;
  readonly problems: readonly string[];
}

/**
 * Reads variables; an empty one counts as absent. Throws one `ConfigurationError` that lists all that is wrong, by names and never
 * with a value. For what an app has of its own beside {@link settingsFromEnvironment}.
 */
export function readVariables<V extends EnvironmentVariables>(variables: V, environment: Environment): ValuesOf<V> {
  const { values, problems } = readingOf(variables, environment);
  if (problems.length > 0) throw new ConfigurationError(problems);
  // Nothing is wrong, so each has its value.
  return values as ValuesOf<V>;
}

/** The same for those who have more to say before they throw. @param defaults texts in the place of the variables' own defaults. */
export function readingOf<V extends EnvironmentVariables>(
  variables: V,
  environment: Environment,
  defaults: Environment = {},
): Reading<V> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, variable] of Object.entries(variables)) {
    const text = textOf(environment[name]) ?? defaults[name] ?? variable.default;
    if (text === undefined) continue;
    const result = valueOf(variable, text);
    if (result.issues === undefined) values[name] = result.value;
    else problems.push(...result.issues.map(({ message }) => `${name} ${message}.`));
  }
  return { values: values as Partial<ValuesOf<V>>, problems };
}

function valueOf({ field }: EnvironmentVariable, text: string): StandardSchemaV1.Result<unknown> {
  const result = field['~standard'].validate(text);
  if (result instanceof Promise) throw new TypeError('a variable of the environment cannot be read asynchronously');
  return result;
}

function textOf(given: string | undefined): string | undefined {
  return given?.trim() || undefined;
}
