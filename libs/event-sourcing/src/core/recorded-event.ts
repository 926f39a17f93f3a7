/** What an event carries beside its payload; `custom` is the user's own. */
export interface EventMetadata {
  /** Groups everything that one outer request set off. */
  readonly correlationId?: string;
  /** Id of the command or event that directly caused this one. */
  readonly causationId?: string;
  /** Who did it. */
  readonly actor?: string;
  /** W3C trace context of the append. */
  readonly traceParent?: string;
  /** Free values of the user, JSON. */
  readonly custom?: Readonly<Record<string, unknown>>;
}

/** An event as it was recorded, decoded and upcast to the newest schema version of its class. Frozen. */
export interface RecordedEvent<T extends object = object> {
  /** UUID of the event; the key for idempotency in side effects. */
  readonly id: string;
  /** Wire name of the event's type. */
  readonly type: string;
  /** Schema version that `data` has now; what was stored may be older. */
  readonly schemaVersion: number;
  readonly streamId: string;
  /** What stands before the first dash of the stream id. */
  readonly category: string;
  /** Version in the stream, from 1, without gaps. */
  readonly version: number;
  /** Global position, ascending over all streams, with gaps. */
  readonly position: bigint;
  /** Tenant that the stream belongs to, `undefined` where tenancy is not used. */
  readonly tenantId: string | undefined;
  /** The payload, an instance of the event's class. */
  readonly data: T;
  readonly metadata: EventMetadata;
  /** When it happened, by the clock of the one who appended. */
  readonly occurredAt: Date;
  /** When it was recorded, by the clock of the store. */
  readonly recordedAt: Date;
}

/** An event as a store keeps it: `data` and `metadata` are JSON text, not yet decoded. */
export interface StoredEvent {
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly streamId: string;
  readonly category: string;
  readonly version: number;
  readonly position: bigint;
  readonly tenantId: string | undefined;
  readonly partitionSlot: number;
  readonly data: string;
  readonly metadata: string;
  readonly occurredAt: Date;
  readonly recordedAt: Date;
}
