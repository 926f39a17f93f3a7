import { describe, expect, it } from '@jest/globals';
import { given } from './given.js';
import { AccountCredited, ScreeningClosed, screening, SeatsReserved, unmet } from './scenario.fixture.js';

describe('given of a decider', () => {
  it('is met by the events that a command brings about', async () => {
    await given(screening, [new SeatsReserved(38)])
      .when({ do: 'reserve', seats: 2 })
      .then([new SeatsReserved(2)]);
    await given(screening).when({ do: 'reserve', seats: 0 }).then([]);
    await given(screening, [new SeatsReserved(38)])
      .when({ do: 'reserve', seats: 3 })
      .thenFails('only 2 seats');
    await given(screening, [new ScreeningClosed('no film')])
      .when({ do: 'reserve', seats: 0 })
      .thenSatisfies((_events, state) => expect(state).toEqual({ free: 0 }));
  });

  it('says what was given, expected and seen', async () => {
    const error = await unmet(
      given(screening)
        .when({ do: 'reserve', seats: 2 })
        .then([new SeatsReserved(3)]),
    );
    expect(error.message).toBe(
      [
        "Given 'screening' '1' with\n  nothing\nwhen\n  { do: 'reserve', seats: 2 }",
        'expected\n  SeatsReserved { seats: 3 }\nbut saw\n  SeatsReserved { seats: 2 }',
      ].join('\n'),
    );
  });

  it('is typed by its commands and events', () => {
    // @ts-expect-error -- no event of a screening
    given(screening, [new AccountCredited(1)]);
    // @ts-expect-error -- no command of a screening
    const outcome = given(screening).when({ do: 'cancel' });
    // @ts-expect-error -- no event of a screening
    const wrong = () => outcome.then([new AccountCredited(1)]);
    expect(wrong).toBeInstanceOf(Function);
  });
});
