import { type EventClass, type EventDefinition, eventDefinitionOf } from './domain-event.decorator.js';
import { ConfigurationError, UnknownEventTypeError } from './errors.js';

/** Knows the event types of one app, by wire name and by class. Each app has its own. */
export class EventTypeRegistry {
  private readonly byType = new Map<string, EventDefinition>();
  private readonly byClass = new Map<object, EventDefinition>();

  /** Adds classes; adding a class again does nothing. Throws one {@link ConfigurationError} that lists all that is wrong. */
  register(...eventClasses: readonly EventClass[]): this {
    const problems = eventClasses.flatMap((eventClass) => this.add(eventClass) ?? []);
    if (problems.length > 0) throw new ConfigurationError(problems);
    return this;
  }

  /** The definition for a wire name, or {@link UnknownEventTypeError}. */
  byTypeName(type: string): EventDefinition {
    const definition = this.byType.get(type);
    if (definition === undefined) throw new UnknownEventTypeError(type);
    return definition;
  }

  /** The definition for an event's class, or {@link UnknownEventTypeError}. */
  ofClass(eventClass: object): EventDefinition {
    const definition = this.byClass.get(eventClass);
    if (definition !== undefined) return definition;
    const { name } = eventClass as { name?: string };
    throw new UnknownEventTypeError(eventDefinitionOf(eventClass)?.type ?? name ?? 'anonymous');
  }

  has(type: string): boolean {
    return this.byType.has(type);
  }

  /** All wire names, sorted. */
  types(): string[] {
    return [...this.byType.keys()].sort();
  }

  private add(eventClass: EventClass): string | undefined {
    const definition = eventDefinitionOf(eventClass);
    if (definition === undefined) return `${eventClass.name} is listed as an event but has no @DomainEvent decorator.`;
    const other = this.byType.get(definition.type);
    if (other !== undefined && other.eventClass !== eventClass) {
      return `the event type '${definition.type}' is claimed by both ${other.eventClass.name} and ${eventClass.name}.`;
    }
    this.byType.set(definition.type, definition);
    this.byClass.set(eventClass, definition);
    return undefined;
  }
}
