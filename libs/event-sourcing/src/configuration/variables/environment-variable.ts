import type { StandardSchemaV1 } from '@standard-schema/spec';

/** A variable of the environment: how it is read, and what is told of it. */
export interface EnvironmentVariable {
  /** Makes its value of the text, trimmed and not empty; a schema of Zod, Valibot, ArkType or your own. Its messages must not repeat the text. */
  readonly field: StandardSchemaV1<string, unknown>;
  /** What counts where it is not given, as text. @default none */
  readonly default?: string;
  /** What it takes, for people. */
  readonly type: string;
  /** What holds where it is not given, for people. @default the default */
  readonly otherwise?: string;
  /** A text that could stand there. */
  readonly example: string;
  /** What it is for; Markdown, on one line. */
  readonly meaning: string;
}

/** Variables by their names. */
export type EnvironmentVariables = Readonly<Record<string, EnvironmentVariable>>;
