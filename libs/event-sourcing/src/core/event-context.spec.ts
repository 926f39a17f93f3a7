import { describe, expect, it } from '@jest/globals';
import { EventContext } from './event-context.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('EventContext', () => {
  it('is empty outside of any run', () => {
    const context = new EventContext();
    context.run({ actor: 'ada' }, () => undefined);
    expect(context.current()).toEqual({});
    expect(context.metadata()).toEqual({});
  });

  it('lays inner values over outer ones, and takes them away again', () => {
    const context = new EventContext();
    context.run({ actor: 'ada', correlationId: 'c' }, () => {
      context.run({ actor: 'bo', causationId: 'k' }, () => {
        expect(context.current()).toEqual({ actor: 'bo', correlationId: 'c', causationId: 'k' });
      });
      expect(context.current()).toEqual({ actor: 'ada', correlationId: 'c' });
    });
  });

  it('keeps the tenant out of the metadata', () => {
    const context = new EventContext();
    context.run({ tenantId: 'a', actor: 'ada', custom: { n: 1 } }, () => {
      expect(context.metadata()).toEqual({ actor: 'ada', custom: { n: 1 } });
      expect(context.current().tenantId).toBe('a');
    });
  });

  it('follows asynchronous calls, each its own', async () => {
    const context = new EventContext();
    const actors = ['ada', 'bo', 'cy'];
    const seen = await Promise.all(
      actors.map((actor) =>
        context.run({ actor }, async () => {
          await turn();
          await Promise.resolve();
          return context.current().actor;
        }),
      ),
    );
    expect(seen).toEqual(actors);
  });

  it('gives what the work gives, and passes on what it throws', () => {
    const context = new EventContext();
    expect(context.run({}, () => 7)).toBe(7);
    expect(() =>
      context.run({ actor: 'ada' }, () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(context.current()).toEqual({});
  });

  it('is one of its own: two do not mix', () => {
    const [one, other] = [new EventContext(), new EventContext()];
    one.run({ actor: 'ada' }, () => expect(other.current()).toEqual({}));
  });
});
