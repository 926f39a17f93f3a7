import { linesOf, textOf } from '../expectation/event-text.js';
import type { ScenarioSubject } from './scenario-subject.js';
import { ScenarioStore } from './scenario-store.js';

/** What a command brought about. */
export type Seen<State> =
  { readonly events: readonly object[]; readonly state: State } | { readonly error: unknown; readonly state: State };

/** What is given, and the command. */
export interface ScenarioParts<Command, State> {
  readonly subject: ScenarioSubject<Command, State>;
  readonly id: string;
  readonly events: readonly object[];
  readonly command: Command;
}

/** Events, and a command on what has come of them; run from the beginning each time. */
export class Scenario<Command, State> {
  constructor(private readonly parts: ScenarioParts<Command, State>) {}

  /**
   * Runs it. What the command throws is part of the answer; what is wrong with the given events, or with applying any event, is
   * thrown.
   */
  async run(): Promise<Seen<State>> {
    const { subject, id, events, command } = this.parts;
    const store = new ScenarioStore();
    const opened = subject.open(store.parts, id);
    const { streamId } = opened;
    await store.append(streamId, events);
    await opened.load();
    const failure = await failureOf(() => opened.handle(command));
    const state = await opened.load();
    if (failure !== undefined) return { error: failure.error, state };
    return { events: await store.payloads(streamId, events.length + 1), state };
  }

  /** Events as a store gives them back. Throws for those that it would refuse. */
  async recorded(events: readonly object[]): Promise<readonly object[]> {
    const store = new ScenarioStore();
    await store.append('expected-1', events);
    return store.payloads('expected-1', 1);
  }

  /** The scenario in words, ahead of what was expected. */
  text(): string {
    const { subject, id, events, command } = this.parts;
    const given = `Given ${subject.name} ${textOf(id)} with\n${linesOf(events)}\n`;
    return `${given}when\n  ${typeof command === 'function' ? sourceOf(command) : textOf(command)}\n`;
  }
}

async function failureOf(work: () => Promise<unknown>): Promise<{ readonly error: unknown } | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return { error };
  }
}

const LONGEST_SOURCE = 120;

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
function sourceOf(command: Function): string {
  const source = String(command).replaceAll(/\s+/g, ' ');
  return source.length > LONGEST_SOURCE ? `${source.slice(0, LONGEST_SOURCE)}…` : source;
}
