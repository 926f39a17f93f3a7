import { type EventClass, type EventDefinition, eventDefinitionOf, EventTypeRegistry } from '../../core/index.js';

/** Knows every decorated class as soon as an event of it turns up. A class without decorator is refused, as in an app. */
export class KnownByDecorator extends EventTypeRegistry {
  override ofClass(eventClass: object): EventDefinition {
    if (eventDefinitionOf(eventClass) !== undefined) this.register(eventClass as EventClass);
    return super.ofClass(eventClass);
  }

  /** Handlers may name classes of which no event has turned up yet. */
  override has(_type: string): boolean {
    return true;
  }
}
