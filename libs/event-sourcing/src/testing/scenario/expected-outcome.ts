import { isDeepStrictEqual } from 'node:util';
import { linesOf } from '../expectation/event-text.js';
import { CallSite } from '../expectation/expectation-error.js';
import {
  type ExpectedFailure,
  isExpectedFailure,
  textOfError,
  textOfFailure,
} from '../expectation/expected-failure.js';
import { refuseAwait } from '../expectation/forgotten-expectation.js';
import type { Scenario } from './scenario.js';

/**
 * What `when` gives: say what is expected, and await it. What is not met rejects with an `AssertionError` that says what was
 * given, expected and seen.
 */
export class ExpectedOutcome<Event extends object, State> {
  /** @param scenario is run from its beginning by each expectation. */
  constructor(private readonly scenario: Pick<Scenario<never, State>, 'run' | 'recorded' | 'text'>) {}

  /** Exactly these events are raised, in this order; `[]`: none. They are compared as a store gives them back. */
  async then(expected: readonly Event[], ...awaited: readonly never[]): Promise<void> {
    if (typeof expected === 'function') return refuseAwait(awaited);
    const site = new CallSite(this.then);
    const wanted = await this.scenario.recorded(expected);
    const seen = await this.scenario.run();
    const text = `${this.scenario.text()}expected\n${linesOf(wanted)}\n`;
    if ('error' in seen) throw failedInstead(site, text, wanted, seen.error);
    if (isDeepStrictEqual(seen.events, wanted)) return;
    const message = `${text}but saw\n${linesOf(seen.events)}${hintOf(seen.events, wanted)}`;
    throw site.unmet({ message, actual: seen.events, expected: wanted });
  }

  /** The command is refused with this error, and nothing is stored. */
  async thenFails(expected: ExpectedFailure): Promise<void> {
    const site = new CallSite(this.thenFails);
    const seen = await this.scenario.run();
    const text = `${this.scenario.text()}expected\n  ${textOfFailure(expected)}\n`;
    if ('events' in seen) {
      throw site.unmet({ message: `${text}but saw\n${linesOf(seen.events)}`, actual: seen.events, expected });
    }
    const { error } = seen;
    if (isExpectedFailure(error, expected)) return;
    throw site.unmet({
      message: `${text}but it failed with\n  ${textOfError(error)}`,
      actual: error,
      expected,
      cause: error,
    });
  }

  /**
   * The check accepts the raised events, and the state that comes of them, by not throwing; for values that a test cannot
   * know, such as generated ids.
   */
  async thenSatisfies(check: (events: readonly Event[], state: State) => unknown): Promise<void> {
    const site = new CallSite(this.thenSatisfies);
    const seen = await this.scenario.run();
    if ('error' in seen) {
      throw failedInstead(site, `${this.scenario.text()}expected\n  that it is not refused\n`, [], seen.error);
    }
    await check(seen.events as readonly Event[], seen.state);
  }
}

function failedInstead(site: CallSite, text: string, expected: unknown, error: unknown): Error {
  return site.unmet({
    message: `${text}but it failed with\n  ${textOfError(error)}`,
    actual: error,
    expected,
    cause: error,
  });
}

/** Two classes of one shape look the same when they are printed. */
function hintOf(seen: readonly object[], wanted: readonly object[]): string {
  const isSame = linesOf(seen) === linesOf(wanted);
  return isSame ? '\nThey look the same: the classes are two of the same name.' : '';
}
