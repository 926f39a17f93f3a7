import type { EventTypeRegistry, RecordedEvent } from '../../core/index.js';
import { HandlerNotAwaitedError } from '../errors.js';
import type { BatchHandle, DeliveryContext, SubscriptionDefinition } from '../subscription-definition.js';
import { handlersOf, type MarkedMethod } from './handlers-of.js';
import type { SubscriptionReading } from './register-decorated.js';

/** What a kind of subscription brings to the reading of one of its classes. */
export interface DeclaredKind<Context> {
  /** What is wrong with what the decorator was given. */
  readonly problems: readonly string[];
  /** All of the definition that the decorator says. */
  readonly base: Omit<SubscriptionDefinition, 'types' | 'handle' | 'batchHandleOf' | 'reset'>;
  /** What the class's handlers get; `touched` is to be called when they take hold of the transaction. */
  readonly contextOf: (context: DeliveryContext, touched: () => void) => Context;
  /** Empties the read model; left out where there is none to empty. */
  readonly reset?: NonNullable<SubscriptionDefinition['reset']>;
}

/** Makes the subscription that a decorated class stands for, or lists all that is wrong with it. */
export function readDeclared<Context>(
  instance: object,
  registry: EventTypeRegistry,
  { problems: ofKind, base, contextOf, reset }: DeclaredKind<Context>,
): SubscriptionReading {
  const { types, handlerOf, problems: ofHandlers } = handlersOf<Context>(instance, registry);
  const problems = [...ofKind, ...ofHandlers];
  if (problems.length > 0) return { problems };
  const call = async <Argument>(
    method: { readonly name: string; call(argument: Argument, context: Context): Promise<void> | void },
    argument: Argument,
    context: DeliveryContext,
  ): Promise<void> => {
    const seen = { manager: false };
    const answer: unknown = method.call(
      argument,
      contextOf(context, () => (seen.manager = true)),
    );
    // What it wrote would be written after the commit, or into somebody else's transaction.
    if (seen.manager && !isThenable(answer)) throw new HandlerNotAwaitedError(method.name);
    await answer;
  };
  const batchHandles = new Map<MarkedMethod<Context>, BatchHandle>();
  const batchHandleOf = (type: string): BatchHandle | undefined => {
    const method = handlerOf(type);
    if (method?.batch !== true) return undefined;
    const known = batchHandles.get(method) ?? ((events, context) => call(method, events, context));
    batchHandles.set(method, known);
    return known;
  };
  const handle = async (event: RecordedEvent, context: DeliveryContext): Promise<void> => {
    const method = handlerOf(event.type);
    if (method?.batch === true) await call(method, [event], context);
    else if (method !== undefined) await call(method, event, context);
  };
  return { definition: { ...base, types, handle, batchHandleOf, ...(reset && { reset }) } };
}

function isThenable(answer: unknown): boolean {
  return typeof (answer as PromiseLike<unknown> | undefined)?.then === 'function';
}
