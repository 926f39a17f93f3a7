/** Base of every error that Tidemark throws on purpose: a stable `code` for programs, a message for people. */
export abstract class TidemarkError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Something given to Tidemark is not usable: a stream id, an option, an event's payload. Nothing was stored. */
export class InvalidArgumentError extends TidemarkError {
  readonly code: string = 'INVALID_ARGUMENT';

  constructor(
    /** What was wrong, for example `streamId` or `data.total`. */
    readonly argument: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An event's payload or metadata cannot be stored as it is, or does not fit the schema of its type. */
export class InvalidEventError extends InvalidArgumentError {
  override readonly code = 'INVALID_EVENT';

  constructor(
    /** Wire name of the event's type. */
    readonly eventType: string,
    /** Path of the field at fault, for example `data.items[0].quantity`. */
    readonly path: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(path, `Event '${eventType}' was not accepted: ${path} ${reason}.`, options);
  }
}

/** An event of a type that no module has registered was appended or read. */
export class UnknownEventTypeError extends TidemarkError {
  readonly code = 'UNKNOWN_EVENT_TYPE';

  constructor(readonly eventType: string) {
    super(
      `The event type '${eventType}' is not registered. Decorate its class with @DomainEvent and list it under ` +
        `'events' of EventSourcingModule.forFeature(...).`,
    );
  }
}

/** A stored event could not be turned into its class: it has no upcast path, or an upcaster threw. */
export class UndecodableEventError extends TidemarkError {
  readonly code = 'UNDECODABLE_EVENT';

  constructor(
    readonly eventId: string,
    readonly eventType: string,
    readonly position: bigint,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`Event ${eventId} ('${eventType}', position ${position}) cannot be decoded: ${reason}.`, options);
  }
}

/** The app is put together in a way that cannot work; `problems` lists every fault that was found, not only the first. */
export class ConfigurationError extends TidemarkError {
  readonly code = 'CONFIGURATION';

  constructor(readonly problems: readonly string[]) {
    super(
      problems.length === 1
        ? `Tidemark cannot start: ${problems[0]}`
        : `Tidemark cannot start, ${problems.length} things are wrong:\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    );
  }
}
