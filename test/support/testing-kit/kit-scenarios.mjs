// The testing kit as the packed library has it, under whatever test framework: this file is handed its functions.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Test } from '@nestjs/testing';
import {
  DomainEvent,
  EventSourced,
  EventSourcedAggregate,
  EventSourcingModule,
  EventStore,
  On,
  Projection,
} from '@tidemark/event-sourcing';
import {
  EventSourcingTestingModule,
  FakeClock,
  given,
  projectionSpec,
  recordedEvent,
  settled,
} from '@tidemark/event-sourcing/testing';

class LampLit {
  constructor(watts) {
    this.watts = watts;
  }
}
DomainEvent('lamp.lit')(LampLit);

class Lamp extends EventSourcedAggregate {
  isLit = false;

  light(watts) {
    if (this.isLit) throw new Error('It burns already.');
    this.apply(new LampLit(watts));
  }

  onLampLit() {
    this.isLit = true;
  }
}
EventSourced('lamp')(Lamp);

class Bill {
  watts = [];

  lit({ data }) {
    this.watts.push(data.watts);
  }
}
On(LampLit)(Bill.prototype, 'lit', Object.getOwnPropertyDescriptor(Bill.prototype, 'lit'));
Projection({ name: 'bill' })(Bill);

/** Scenarios that pass. */
export function kitScenarios({ describe, it }) {
  describe('the testing kit', () => {
    it('runs scenarios of aggregates', async () => {
      await given(Lamp)
        .when((lamp) => lamp.light(60))
        .then([new LampLit(60)]);
      await given(Lamp, [new LampLit(60)])
        .when((lamp) => lamp.light(60))
        .thenFails('burns already');
    });

    it('runs projections', async () => {
      const bill = new Bill();
      await projectionSpec({ projection: bill, rows: () => bill.watts })
        .given('lamp-1', new LampLit(60))
        .then([60]);
      assert.equal(recordedEvent(new LampLit(40)).data.watts, 40);
    });

    it('runs apps', async () => {
      const imports = [
        EventSourcingModule.forRoot(),
        EventSourcingModule.forFeature({ events: [LampLit], projections: [Bill] }),
      ];
      const clock = new FakeClock();
      const app = await EventSourcingTestingModule.replaceStore(Test.createTestingModule({ imports }), {
        clock,
      }).compile();
      await app.init();
      await app.get(EventStore).append('lamp-1', [new LampLit(25)]);
      await settled(app, { timeoutMs: 60_000 });
      assert.deepEqual(app.get(Bill).watts, [25]);
      await app.close();
    });
  });
}

/** A scenario that fails, for what the framework then shows. */
export function failingScenario({ it }) {
  it('is not met', async () => {
    await given(Lamp)
      .when((lamp) => lamp.light(60))
      .then([new LampLit(75)]);
  });
}
