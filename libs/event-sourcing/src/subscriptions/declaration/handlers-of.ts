import { eventDefinitionOf, type EventTypeRegistry, type RecordedEvent } from '../../core/index.js';
import { type EventSelector, handlersMarkedOn, type MarkedHandler } from './on.decorator.js';

/** A method with `@On`, bound to its instance. */
export type EventHandler<Context> = (event: RecordedEvent, context: Context) => Promise<void> | void;

/** A method with `@OnBatch`, bound to its instance. */
export type EventBatchHandler<Context> = (events: readonly RecordedEvent[], context: Context) => Promise<void> | void;

/** A marked method; it takes one event or many. */
export type MarkedMethod<Context> =
  | { readonly name: string; readonly batch: false; readonly call: EventHandler<Context> }
  | { readonly name: string; readonly batch: true; readonly call: EventBatchHandler<Context> };

/** What the decorators of an instance's class say, and all that is wrong with them. */
export interface MarkedHandlers<Context> {
  /** Wire names and patterns that are handled. */
  readonly types: readonly string[];
  /** The method for a wire name: the one of its very name, else of the longest pattern that fits. */
  readonly handlerOf: (type: string) => MarkedMethod<Context> | undefined;
  readonly problems: readonly string[];
}

/** What a wire name may begin with, and one `*` at the end. */
// eslint-disable-next-line no-control-regex
const PATTERN = /^[^\u0000-\u0020\u007f*]*\*$/;

/** Reads the `@On` and `@OnBatch` decorators of an instance's class. */
export function handlersOf<Context>(instance: object, registry: EventTypeRegistry): MarkedHandlers<Context> {
  const type = instance.constructor;
  const marked = handlersMarkedOn(type);
  const problems = new Set<string>();
  const methods = new Map<string, MarkedMethod<Context>>();
  const bound = new Map<string, MarkedMethod<Context>>();
  for (const handler of marked) {
    const wanted = wantedBy(handler.selector, registry);
    if (wanted.problem !== undefined) {
      problems.add(`${type.name}.${handler.method} handles ${wanted.problem}`);
      continue;
    }
    // One object per method, however many types it handles: by that a batch handler's events are known to belong together.
    const method = bound.get(handler.method) ?? bind<Context>(instance, handler);
    bound.set(handler.method, method);
    // A method that overrides a parent's may be marked for the same once more.
    const other = methods.get(wanted.type) ?? method;
    if (method.batch !== handler.batch) {
      problems.add(`${type.name}.${handler.method} has both @On and @OnBatch; it takes one event or many.`);
    } else if (other !== method) {
      problems.add(`${type.name} has two handlers for '${wanted.type}'.`);
    } else {
      methods.set(wanted.type, method);
    }
  }
  if (marked.length === 0) problems.add(`${type.name} has no handler; mark a method with @On(…) or @OnBatch(…).`);
  return { types: [...methods.keys()], handlerOf: resolverOf(methods), problems: [...problems] };
}

function bind<Context>(instance: object, { method, batch }: MarkedHandler): MarkedMethod<Context> {
  const name = `${instance.constructor.name}.${method}`;
  const call = (instance as Record<string, (...args: unknown[]) => Promise<void> | void>)[method]!.bind(instance);
  return batch ? { name, batch, call } : { name, batch, call };
}

function wantedBy(
  selector: EventSelector,
  registry: EventTypeRegistry,
): { readonly type: string; readonly problem?: undefined } | { readonly problem: string } {
  if (typeof selector === 'string') {
    if (PATTERN.test(selector)) return { type: selector };
    return {
      problem: `'${selector}', which is no pattern: it ends with a '*', as in 'order.*'; for one event name its class.`,
    };
  }
  const type = eventDefinitionOf(selector)?.type;
  if (type !== undefined && registry.has(type)) return { type };
  return {
    problem: `${selector.name}, which is no registered event: it needs @DomainEvent and a place under 'events' of forFeature.`,
  };
}

function resolverOf<Context>(
  methods: ReadonlyMap<string, MarkedMethod<Context>>,
): MarkedHandlers<Context>['handlerOf'] {
  const patterns = [...methods.keys()].filter((type) => type.endsWith('*')).sort((a, b) => b.length - a.length);
  const known = new Map(methods);
  return (type) => {
    if (!known.has(type)) {
      const pattern = patterns.find((candidate) => type.startsWith(candidate.slice(0, -1)));
      const method = pattern === undefined ? undefined : methods.get(pattern);
      if (method === undefined) return undefined;
      known.set(type, method);
    }
    return known.get(type);
  };
}
