/** How much a fact matters, in Nest's words: `log` is what pino calls info. */
export type FactLevel = 'error' | 'warn' | 'log' | 'debug';

/** What a field of a line holds; positions and epochs are written as texts, what is `undefined` is left out. */
export type FactValue = string | number | boolean | bigint | readonly string[] | undefined;

/** The fields of one line. `error` takes whatever was thrown; what is written of it is safe. */
export type FactFields<Field extends string> = { readonly [Name in Field]: Name extends 'error' ? unknown : FactValue };

/** A kind of fact that the library writes to the log; declared with {@link defineFact} beside what writes it. */
export interface LogFact<Field extends string = string> {
  /** Stable name, which stands in the field `fact`. */
  readonly name: string;
  readonly level: FactLevel;
  /** Names of all fields that a line may have. */
  readonly fields: readonly Field[];
  /** What people read; made of the fields as texts, empty where there is none, and of the error's message as `error`. */
  readonly text: (fields: Readonly<Record<Field, string>>) => string;
}

/** Declares a kind of fact, for example `defineFact('partition.lost', 'warn', ['partition'], ({ partition }) => …)`. */
export function defineFact<const Field extends string>(
  name: string,
  level: FactLevel,
  fields: readonly Field[],
  text: LogFact<Field>['text'],
): LogFact<Field> {
  return Object.freeze({ name, level, fields, text });
}
